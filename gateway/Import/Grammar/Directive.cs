using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Import.Grammar;

/// <summary>One word of a directive.</summary>
/// <param name="Text">What it says, its quotes and escapes taken away.</param>
/// <param name="IsQuoted">Whether it stood in quotes.</param>
/// <param name="Location">Where it begins.</param>
internal sealed record Word(string Text, bool IsQuoted, SourceLocation Location);

/// <summary>A directive of an nginx configuration with all that stands in its block. Two of them are the same only where they are the same object.</summary>
internal sealed class Directive(IReadOnlyList<Word> words, IReadOnlyList<Directive>? block)
{
    public string Name => words[0].Text;

    /// <summary>What stands behind the name.</summary>
    public IReadOnlyList<string> Arguments { get; } = [.. words.Skip(1).Select(word => word.Text)];

    /// <summary>The first argument; empty where there is none.</summary>
    public string Argument => Arguments.Count > 0 ? Arguments[0] : "";

    /// <summary>Null for one that ends with a semicolon.</summary>
    public IReadOnlyList<Directive>? Block { get; } = block;

    public SourceLocation Location => words[0].Location;

    /// <summary>The directives of the block; none where there is no block.</summary>
    public IReadOnlyList<Directive> Inner => Block ?? [];

    /// <summary>The same words with another block.</summary>
    public Directive With(IReadOnlyList<Directive> block) => new(words, block);

    /// <summary>As one would write it again, without the block.</summary>
    public override string ToString() => string.Join(' ', words.Select(word => word.IsQuoted || word.Text.Length == 0 ? $"\"{word.Text}\"" : word.Text));
}
