using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>A route while it is made of a location, and why it cannot be.</summary>
/// <param name="report">Where that is told.</param>
internal sealed class RouteDraft(ImportReport report)
{
    private readonly List<string> _refusals = [];

    public CommentedJson Route { get; } = new CommentedJson().Set("AuthorizationPolicy", "anonymous");

    public CommentedJson Metadata { get; } = new();

    public List<object> Transforms { get; } = [];

    public List<object> RequestHeaders { get; } = [];

    public List<object> Headers { get; } = [];

    public List<object> RemovedHeaders { get; } = [];

    public CommentedJson? Answer { get; set; }

    /// <summary>The file that a rewrite names for all paths; null without one.</summary>
    public string? File { get; set; }

    /// <summary>Whether sockets are opened there.</summary>
    public bool IsForSockets { get; set; }

    public bool IsRefused => _refusals.Count > 0;

    /// <summary>Has the route answer 501, for a directive of the location.</summary>
    public void Refuse(Directive directive, string why)
    {
        report.Say(directive, ImportOutcome.Unsupported, $"{why} Until then this location answers 501.");
        _refusals.Add($"{Upstreams.Place(directive)}: {directive.Name}");
    }

    /// <summary>Has the route answer 501, for what has been told already.</summary>
    public void Refuse(string reason) => _refusals.Add(reason);

    public void SetIfAny(string name, object? value)
    {
        if (value is not null and not List<object> { Count: 0 })
        {
            Route.Set(name, value);
        }
    }

    /// <summary>A route that lets in whom this one does, and no more.</summary>
    public CommentedJson Guards() => Route.Only("AuthorizationPolicy", "Networks", "BasicAuth", "AuthRequest", "Satisfy", "RequestRates", "RequestLimits");

    /// <summary>The route without its Match. The first reason of one that answers 501 is told to whoever asks.</summary>
    public CommentedJson Finish()
    {
        if (IsRefused)
        {
            return new CommentedJson().Set("AuthorizationPolicy", "anonymous")
                .Set("Answer", new CommentedJson().Set("Status", 501).Set("Body", $"Not taken over from nginx: {_refusals[0].Replace("$", "$$", StringComparison.Ordinal)}"), [.. _refusals.Select(why => $"Not supported: {why}")]);
        }

        SetIfAny("Answer", Answer);
        SetIfAny("Transforms", Transforms);
        SetIfAny("RequestHeaders", RequestHeaders);
        SetIfAny("Headers", Headers);
        SetIfAny("RemoveHeaders", RemovedHeaders);
        SetIfAny("Metadata", Metadata.IsEmpty ? null : Metadata);
        return Route;
    }
}
