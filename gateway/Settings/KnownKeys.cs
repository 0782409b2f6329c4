using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Access;
using YarpWs.Gateway.Access.Logins.External;
using YarpWs.Gateway.Access.Origins;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Access.Sessions;
using YarpWs.Gateway.Content.Cache;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Edge.Tls;
using YarpWs.Gateway.Forwarding;
using YarpWs.Gateway.Redis;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes;
using YarpWs.Gateway.Routes.Locations;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Draining;
using YarpWs.Gateway.Telemetry.AccessLogs;
using YarpWs.Platform.Jwt;
using YarpWs.Platform.Memory;
using YarpWs.Platform.Settings;
using YarpWs.Platform.Telemetry;

namespace YarpWs.Gateway.Settings;

/// <summary>Every key the gateway reads: its own options, and the sections whose schema belongs to the platform.</summary>
internal static class KnownKeys
{
    private static readonly KeyShape Certificate = KeyShape.Values("Path", "KeyPath", "Password");

    private static readonly KeyShape SslProtocols = KeyShape.ListOf(KeyShape.Value);

    private static readonly KeyShape Sni = KeyShape.DictionaryOf(KeyShape.Named(
        ("Protocols", KeyShape.Value),
        ("SslProtocols", SslProtocols),
        ("Certificate", Certificate)));

    private static readonly KeyShape Kestrel = KeyShape.Named(
        ("Endpoints", KeyShape.DictionaryOf(KeyShape.Named(
            ("Url", KeyShape.Value),
            ("SocketMode", KeyShape.Value),
            ("ProxyProtocol", KeyShape.Of(typeof(ProxyProtocolOptions))),
            ("Protocols", KeyShape.Value),
            ("SslProtocols", SslProtocols),
            ("Certificate", Certificate),
            ("ClientCertificateMode", KeyShape.Value),
            ("ClientCertificateAuthorities", KeyShape.Value),
            ("Sni", Sni)))),
        ("EndpointDefaults", KeyShape.Named(
            ("Protocols", KeyShape.Value),
            ("SslProtocols", SslProtocols),
            ("ClientCertificateMode", KeyShape.Value))),
        ("Certificates", KeyShape.Named(("Default", Certificate))));

    // The ids are the names of the sections.
    private static readonly KeyShape Route = KeyShape.Of(typeof(RouteConfig), nameof(RouteConfig.RouteId))
        .With(KeyShape.Of(typeof(RouteSettings)))
        .With(KeyShape.Named((nameof(RouteConfig.Match), KeyShape.Of(typeof(RouteMatch)).With(KeyShape.Of(typeof(LocationMatch))))));

    private static readonly KeyShape Cluster = KeyShape.Of(typeof(ClusterConfig), nameof(ClusterConfig.ClusterId));

    public static readonly KeyShape Root = KeyShape.Named(
        ("$schema", KeyShape.Value),
        ("Logging", KeyShape.Anything),
        ("Kestrel", Kestrel),
        ("ReverseProxy", KeyShape.Named(("Servers", KeyShape.DictionaryOf(KeyShape.Of(typeof(ServerSettings)))), ("Routes", KeyShape.DictionaryOf(Route)), ("Clusters", KeyShape.DictionaryOf(Cluster)))),
        ("Authentication", KeyShape.Named(
            ("Schemes", KeyShape.DictionaryOf(KeyShape.Of(typeof(SchemeOptions)))),
            ("Checks", KeyShape.DictionaryOf(KeyShape.Of(typeof(ExternalCheckOptions)))))),
        ("Authorization", KeyShape.Named(("Policies", KeyShape.DictionaryOf(KeyShape.Of(typeof(PolicyOptions)))))),
        ("Cors", KeyShape.Named(("Policies", KeyShape.DictionaryOf(KeyShape.Of(typeof(CorsPolicyOptions)))))),
        (AccessOptions.Section, KeyShape.Of(typeof(AccessOptions))),
        (LoginTokenOptions.Section, KeyShape.Of(typeof(LoginTokenOptions))),
        (SessionsOptions.Section, KeyShape.Of(typeof(SessionsOptions))),
        (RevocationOptions.Section, KeyShape.Of(typeof(RevocationOptions))),
        (OriginOptions.Section, KeyShape.Of(typeof(OriginOptions))),
        (ForwardingOptions.Section, KeyShape.Of(typeof(ForwardingOptions))),
        (RoutesOptions.Section, KeyShape.Of(typeof(RoutesOptions))),
        (SocketOptions.Section, KeyShape.Of(typeof(SocketOptions))),
        (TlsOptions.Section, KeyShape.Of(typeof(TlsOptions))),
        (HttpsOptions.Section, KeyShape.Of(typeof(HttpsOptions))),
        (EdgeOptions.Section, KeyShape.Of(typeof(EdgeOptions))),
        (CacheStoreOptions.Section, KeyShape.Of(typeof(CacheStoreOptions))),
        (AccessLogsOptions.Section, KeyShape.Of(typeof(AccessLogsOptions))),
        (BodyOptions.Section, KeyShape.Of(typeof(BodyOptions))),
        (MemoryOptions.Section, KeyShape.Of(typeof(MemoryOptions))),
        (ShutdownOptions.Section, KeyShape.Of(typeof(ShutdownOptions))),
        (RedisOptions.Section, KeyShape.Of(typeof(RedisOptions))),
        (AdminOptions.Section, KeyShape.Of(typeof(AdminOptions))),
        (TelemetryOptions.Section, KeyShape.Of(typeof(TelemetryOptions))));
}
