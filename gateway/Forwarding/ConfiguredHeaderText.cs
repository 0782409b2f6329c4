using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Has the header values of the settings compared and sent as UTF-8, as they stand in the file: the values of requests and answers are
/// strings with a character for each byte (<see cref="HeaderText"/>).
/// </summary>
internal sealed class ConfiguredHeaderText : IProxyConfigFilter
{
    private static readonly string[] Headers = ["RequestHeader", "ResponseHeader", "ResponseTrailer"];

    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => ValueTask.FromResult(cluster);

    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) => ValueTask.FromResult(route with
    {
        Match = route.Match with { Headers = route.Match.Headers?.Select(header => header with { Values = header.Values?.Select(HeaderText.Of).ToList() }).ToList() },
        Transforms = route.Transforms?.Select(OnTheWire).ToList(),
    });

    private static IReadOnlyDictionary<string, string> OnTheWire(IReadOnlyDictionary<string, string> transform) => Headers.Any(transform.ContainsKey)
        ? transform.ToDictionary(part => part.Key, part => HeaderText.Of(part.Value), StringComparer.OrdinalIgnoreCase)
        : transform;
}
