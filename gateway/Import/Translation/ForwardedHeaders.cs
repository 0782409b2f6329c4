namespace YarpWs.Gateway.Import.Translation;

/// <summary>
/// What all forwarding locations tell destinations about the client is said once, by Forwarding:Headers; what some tell stays in their RequestHeaders. Collects both until all locations are
/// read.
/// </summary>
internal sealed class ForwardedHeaders
{
    private static readonly (string Name, string Flag, string[] Values)[] Known =
    [
        ("X-Forwarded-For", "XForwardedFor", ["$proxy_add_x_forwarded_for"]),
        ("X-Forwarded-Proto", "XForwardedProto", ["$scheme"]),
        ("X-Forwarded-Host", "XForwardedHost", ["$http_host"]),
        ("X-Real-IP", "XRealIp", ["$remote_addr"]),
    ];

    private readonly List<CommentedJson> _routes = [];

    /// <summary>Adds a route that forwards, with its RequestHeaders.</summary>
    public void Add(CommentedJson route) => _routes.Add(route);

    /// <summary>Takes out of the routes what all of them say, and returns it as Forwarding:Headers has it.</summary>
    public string Settle()
    {
        var flags = new List<string>();
        foreach (var (name, flag, values) in Known)
        {
            if (_routes.Count > 0 && _routes.TrueForAll(route => Find(route, name, values) is not null))
            {
                flags.Add(flag);
                foreach (var route in _routes)
                {
                    Remove(route, Find(route, name, values)!);
                }
            }
        }

        return flags.Count > 0 ? string.Join(", ", flags) : "None";
    }

    private static CommentedJson? Find(CommentedJson route, string name, string[] values) => route.List("RequestHeaders").OfType<CommentedJson>()
        .FirstOrDefault(header => name.Equals(header.Text("Name"), StringComparison.OrdinalIgnoreCase) && values.Contains(header.Text("Value")));

    private static void Remove(CommentedJson route, CommentedJson header)
    {
        List<object> left = [.. route.List("RequestHeaders").Where(other => other != header)];
        if (left.Count > 0)
        {
            route.Set("RequestHeaders", left);
        }
        else
        {
            route.Remove("RequestHeaders");
        }
    }
}
