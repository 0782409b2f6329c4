using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>What a location directive matches.</summary>
/// <param name="Modifier">"=", "^~", "~", "~*", or empty.</param>
/// <param name="Path">The path, name or expression.</param>
internal sealed record NginxLocation(string Modifier, string Path)
{
    public bool IsExpression => Modifier is "~" or "~*";

    public bool IsNamed => Modifier.Length == 0 && Path.StartsWith('@');

    /// <summary>Whether a path of it may end as the name of a file does.</summary>
    public bool MayHaveType => Modifier != "=" || Path.Contains('.', StringComparison.Ordinal);

    /// <summary>As a route's Match:Location has it.</summary>
    public string Text => Modifier.Length == 0 ? Path : $"{Modifier} {Path}";

    /// <summary>nginx takes a modifier with a blank behind it and without.</summary>
    public static NginxLocation Of(Directive location)
    {
        if (location.Arguments is [var modifier, var path])
        {
            return new NginxLocation(modifier, path);
        }

        foreach (var known in (string[])["=", "^~", "~*", "~"])
        {
            if (location.Argument.StartsWith(known, StringComparison.Ordinal))
            {
                return new NginxLocation(known, location.Argument[known.Length..]);
            }
        }

        return new NginxLocation("", location.Argument);
    }
}
