using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>The routes of one server that is written: those of its locations, and those that are asked before them.</summary>
/// <param name="import">What it is part of.</param>
/// <param name="server">What they are made of.</param>
/// <param name="serverId">The id of the server.</param>
internal sealed class ServerRoutes(NginxImport import, ServerTranslation server, string serverId)
{
    private readonly List<CommentedJson> _all = [];
    private int _order;

    public IReadOnlyList<CommentedJson> All => _all;

    /// <summary>Adds the locations of a block, and those within them.</summary>
    /// <param name="scope">The block.</param>
    /// <param name="variables">What holds in it.</param>
    /// <param name="within">The route that it is; null for the server.</param>
    public void AddLocations(Scope scope, Variables variables, string? within)
    {
        foreach (var directive in scope.Own("location"))
        {
            var location = NginxLocation.Of(directive);
            var inner = new Scope(scope, directive.Inner);
            var known = variables.With(inner, import.Report).WithCaptures(location.IsExpression ? location.Path : null, isHost: false);
            var translation = new LocationTranslation(inner, location, known, server, import.Upstreams, import.Report);
            var others = new List<ConditionalRoute>();
            if (inner.Own("proxy_pass").FirstOrDefault() is { } pass && known.MapIn(pass.Argument) is var (name, results))
            {
                // A destination for each result of the map; the default is the route's own.
                foreach (var result in results.SkipLast(1))
                {
                    var chosen = new LocationTranslation(inner, location, known.WithConstant(name, result), server, import.Upstreams, import.Report);
                    others.Add(new ConditionalRoute($"${{map_{name}}} = {result}", chosen.Translate(null), pass));
                }

                translation = new LocationTranslation(inner, location, known.WithConstant(name, results[^1]), server, import.Upstreams, import.Report);
            }

            var route = translation.Translate(directive);
            var id = NewId(directive, location);
            foreach (var (index, other) in (translation.IsRefused ? [] : translation.Others.Concat(others)).Index())
            {
                Add(import.NewRouteId($"{id} if {index + 1}"), other.Route, location, within, other.When, $"{Upstreams.Place(other.From)}: {other.From}");
            }

            Add(id, route, location, within, null, $"{Upstreams.Place(directive)}: {directive}");
            import.HasSockets |= translation.IsForSockets;
            AddLocations(inner, known, id);
        }
    }

    /// <param name="id">The id of the route.</param>
    /// <param name="route">What it does.</param>
    /// <param name="location">Its location; an empty path for what is asked before all.</param>
    /// <param name="within">The route that it stands in; null for none.</param>
    /// <param name="when">The condition; null for none.</param>
    /// <param name="comment">Where it comes from.</param>
    public void Add(string id, CommentedJson route, NginxLocation location, string? within, string? when, string comment)
    {
        foreach (var cluster in new[] { route.Text("ClusterId"), route.Find("AuthRequest")?.Text("Cluster") }.OfType<string>())
        {
            import.UsedClusters.Add(cluster);
        }

        var match = new CommentedJson().Set("Server", serverId);
        if (location.Path.Length > 0)
        {
            match.Set("Location", location.Text);
        }

        if (within is not null)
        {
            match.Set("Within", within);
        }

        if (when is not null)
        {
            match.Set("When", when);
        }

        var whole = new CommentedJson().Set("Match", match);
        if (location.IsExpression || when is not null)
        {
            whole.Set("Order", ++_order);
        }

        import.Routes.Set(id, whole.AddAll(route), comment);
        _all.Add(whole);
        if (route.Text("ClusterId") is not null)
        {
            import.Forwarded.Add(whole);
        }
    }

    /// <summary>The id of a location's route, which nobody else has.</summary>
    private string NewId(Directive directive, NginxLocation location) => import.NewRouteId(IdOf(directive, location));

    private string IdOf(Directive directive, NginxLocation location) => location switch
    {
        { IsExpression: true } => $"{serverId}~{directive.Location.Line}",
        { Modifier: "=" } => $"{serverId}={location.Path.Replace(':', '.')}",
        _ => $"{serverId}{location.Path.Replace(':', '.')}",
    };
}
