using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Which location of a server is asked for a path.</summary>
/// <param name="scope">The server's block.</param>
internal sealed class ServerLocations(Scope scope)
{
    /// <summary>The location that takes a path, as nginx chooses it; those within others are not looked at. Null where there is none.</summary>
    public Directive? Find(string path)
    {
        var all = scope.Own("location").Select(directive => (Directive: directive, Location: NginxLocation.Of(directive))).Where(one => !one.Location.IsNamed).ToList();
        if (all.Find(one => one.Location.Modifier == "=" && one.Location.Path == path).Directive is { } exact)
        {
            return exact;
        }

        var prefix = all.Where(one => one.Location.Modifier is "" or "^~" && path.StartsWith(one.Location.Path, StringComparison.Ordinal)).OrderByDescending(one => one.Location.Path.Length).FirstOrDefault();
        return (prefix.Location?.Modifier == "^~" ? null : all.Find(one => one.Location.IsExpression && Fits(one.Location, path)).Directive) ?? prefix.Directive;
    }

    /// <summary>Whether an auth_request leads to a location.</summary>
    public bool IsAsked(NginxLocation location) => ServerTranslation.Walk(scope.Directives).Any(asked => asked.Name == "auth_request" && asked.Argument != "off" && Find(asked.Argument) is { } found && NginxLocation.Of(found) == location);

    private static bool Fits(NginxLocation location, string path)
    {
        var ignoresCase = location.Modifier == "~*";
        return Expression.FaultOf(location.Path, ignoresCase) is null && Expression.Parse(location.Path, ignoresCase).Match(path) is not null;
    }
}
