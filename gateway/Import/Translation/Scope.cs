using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>A block with the blocks around it, through which nginx's directives are inherited.</summary>
/// <param name="Parent">The block around it; null for the outermost.</param>
/// <param name="Directives">What stands in it.</param>
internal sealed record Scope(Scope? Parent, IReadOnlyList<Directive> Directives)
{
    /// <summary>What holds here: of the innermost block that says it, the last.</summary>
    public Directive? Find(string name) => Directives.LastOrDefault(directive => directive.Name == name) ?? Parent?.Find(name);

    /// <summary>Those that are inherited all or not at all: of the innermost block that has any of these names.</summary>
    public IReadOnlyList<Directive> FindAll(params string[] names)
    {
        IReadOnlyList<Directive> own = [.. Directives.Where(directive => names.Contains(directive.Name))];
        return own.Count > 0 ? own : Parent?.FindAll(names) ?? [];
    }

    /// <summary>What stands in this block alone.</summary>
    public IEnumerable<Directive> Own(params string[] names) => Directives.Where(directive => names.Contains(directive.Name));

    public bool IsOn(string name) => Find(name)?.Argument == "on";
}
