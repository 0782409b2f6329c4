using System.ComponentModel.DataAnnotations;
using Yarp.ReverseProxy.Configuration;
using YarpWs.Platform.Settings;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// How long the destinations of a cluster may take, with nginx's meaning. They stand in the cluster's <c>Metadata</c>, since the proxy's schema has
/// no place for them: <c>"Metadata": { "Connections.ConnectTimeout": "00:00:02" }</c>. How long a connection may be idle between two reads or
/// writes of a request (<c>proxy_read_timeout</c>, <c>proxy_send_timeout</c>) is the cluster's own <c>HttpRequest:ActivityTimeout</c>.
/// </summary>
internal sealed record DestinationConnectionOptions
{
    public const string Prefix = "Connections.";

    /// <summary>
    /// How long a destination may take to accept a connection before the next one is tried (<c>proxy_connect_timeout</c>), all of its addresses
    /// together. Default 5 s: time for two lost packets.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a destination may take to begin its answer to a request without a body before the next one is tried (the first read of
    /// <c>proxy_read_timeout</c>). A request with a body has ActivityTimeout alone, a handshake Sockets:HandshakeTimeout. Default 60 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// For how long the addresses of a destination's name are good (<c>resolver valid=</c>): then the name is asked again, new requests go to
    /// the new addresses, and open sockets stay. Kept connections are as old at most. Default 10 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan NameLifetime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether connections begin with the client's address by the PROXY protocol (<c>proxy_protocol on</c>), and how: V1 as a line, V2 binary. Each request then has a connection
    /// of its own. Default None.
    /// </summary>
    public ProxyProtocolVersion ProxyProtocol { get; init; }

    /// <summary>
    /// Whether all plain requests go by .NET's HttpClient, as those with a streamed body and those to https destinations do. The gateway's own client, which is cheaper, refuses answers that HttpClient takes
    /// though it is not sure where they end: set it for a destination that sends such answers until that is mended. Default false.
    /// </summary>
    public bool PlatformClient { get; init; }

    /// <summary>Throws an <see cref="InvalidSettingException"/> for what is no setting of these.</summary>
    public static DestinationConnectionOptions Read(ClusterConfig cluster) => Read(cluster.ClusterId, cluster.Metadata);

    public static DestinationConnectionOptions Read(string cluster, IReadOnlyDictionary<string, string>? metadata) =>
        MetadataSettings.Read(new DestinationConnectionOptions(), Prefix, metadata, $"ReverseProxy:Clusters:{cluster}:Metadata");
}
