using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>What people write who come from nginx or from other proxies, and what it is called here.</summary>
internal static class Misnomers
{
    private static readonly Dictionary<string, string> InReverseProxy = new(StringComparer.OrdinalIgnoreCase)
    {
        ["upstream"] = "an upstream is a cluster here: \"Clusters\": { \"NAME\": { \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } } } }.",
        ["upstreams"] = "an upstream is a cluster here: \"Clusters\": { \"NAME\": { \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } } } }.",
        ["backends"] = "backends are clusters here: \"Clusters\": { \"NAME\": { \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } } } }.",
        ["server"] = "servers are routes here: \"Routes\": { \"NAME\": { \"ClusterId\": …, \"Match\": { \"Hosts\": [ … ] } } }; ports stand in Kestrel:Endpoints.",
        ["location"] = "a location is a route here: \"Routes\": { \"NAME\": { \"ClusterId\": …, \"Match\": { \"Path\": \"/ws/{**rest}\" } } }.",
        ["locations"] = "a location is a route here: \"Routes\": { \"NAME\": { \"ClusterId\": …, \"Match\": { \"Path\": \"/ws/{**rest}\" } } }.",
        ["ReverseProxy"] = "stands inside of itself; move what it holds one level up.",
    };

    private static readonly Dictionary<string, string> InRoute = new(StringComparer.OrdinalIgnoreCase)
    {
        ["RouteId"] = "the id is the name of the route's object; remove this.",
        ["Path"] = "belongs into Match: \"Match\": { \"Path\": … }.",
        ["Hosts"] = "belongs into Match: \"Match\": { \"Hosts\": [ … ] }.",
        ["Host"] = "belongs into Match, as a list: \"Match\": { \"Hosts\": [ … ] }.",
        ["Methods"] = "belongs into Match: \"Match\": { \"Methods\": [ … ] }.",
        ["server_name"] = "is Match:Hosts here: \"Match\": { \"Hosts\": [ \"app.example.com\" ] }.",
        ["location"] = "is Match:Path here: \"Match\": { \"Path\": \"/ws/{**rest}\" }.",
        ["proxy_pass"] = "is the address of a destination here: name a cluster in ClusterId, and give it \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } }.",
        ["proxy_set_header"] = "is not needed for Host, Upgrade, Connection and X-Forwarded-*, which are sent anyhow; for others write \"RequestHeaders\": [ { \"Name\": …, \"Value\": … } ].",
        ["proxy_read_timeout"] = "is Sockets:IdleTimeout for WebSockets, and the cluster's HttpRequest:ActivityTimeout for requests.",
        ["proxy_http_version"] = "is the cluster's HttpRequest:Version here.",
        ["rewrite"] = "is a transform here: \"Transforms\": [ { \"PathRemovePrefix\": \"/api\" } ] or [ { \"PathPattern\": \"/new/{rest}\" } ].",
        ["return"] = "is Answer here: \"Answer\": { \"Status\": 301, \"Location\": \"https://$host$request_uri\" }.",
        ["add_header"] = "is Headers here: \"Headers\": [ { \"Name\": …, \"Value\": …, \"Always\": true } ].",
        ["proxy_hide_header"] = "is RemoveHeaders here: \"RemoveHeaders\": [ NAME ].",
        ["root"] = "is Files here: \"Files\": { \"Root\": DIRECTORY }.",
        ["alias"] = "is Files here: \"Files\": { \"Alias\": DIRECTORY }.",
        ["index"] = "is Files here: \"Files\": { \"Root\": DIRECTORY, \"Index\": [ \"index.html\" ] }.",
        ["try_files"] = "is Files here: \"Files\": { \"Root\": DIRECTORY, \"TryFiles\": [ \"$uri\" ], \"Fallback\": \"/index.html\" }.",
        ["allow"] = "is Networks here: \"Networks\": [ { \"Allow\": \"10.0.0.0/8\" }, { \"Deny\": \"all\" } ].",
        ["deny"] = "is Networks here: \"Networks\": [ { \"Allow\": \"10.0.0.0/8\" }, { \"Deny\": \"all\" } ].",
        ["auth_basic"] = "is BasicAuth here: \"BasicAuth\": { \"Realm\": …, \"File\": … }.",
        ["auth_basic_user_file"] = "is BasicAuth here: \"BasicAuth\": { \"Realm\": …, \"File\": … }.",
        ["gzip"] = "is Compression here: \"Compression\": { }.",
        ["error_page"] = "is ErrorPages here: \"ErrorPages\": [ { \"Statuses\": [ 502, 503 ], \"Path\": \"/50x.html\" } ].",
        ["Cluster"] = "is called ClusterId.",
        ["Destinations"] = "belongs into a cluster: \"Clusters\": { \"NAME\": { \"Destinations\": { … } } }; the route names it as ClusterId.",
        ["Priority"] = "is called Order; the lowest number is tried first.",
        ["Authorization"] = "is called AuthorizationPolicy.",
        ["Auth"] = "is called AuthorizationPolicy.",
        ["Cors"] = "is called CorsPolicy.",
        ["PathRemovePrefix"] = "is a transform: \"Transforms\": [ { \"PathRemovePrefix\": \"/api\" } ].",
        ["PathPrefix"] = "is a transform, and one that adds; to match what lies below a path write \"Match\": { \"Path\": \"/api/{**rest}\" }.",
        ["PathPattern"] = "is a transform: \"Transforms\": [ { \"PathPattern\": … } ].",
    };

    private static readonly Dictionary<string, string> InMatch = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Host"] = "is called Hosts, a list: \"Hosts\": [ \"app.example.com\" ].",
        ["server_name"] = "is called Hosts, a list: \"Hosts\": [ \"app.example.com\" ].",
        ["Method"] = "is called Methods, a list: \"Methods\": [ \"GET\" ].",
        ["Header"] = "is called Headers, a list: \"Headers\": [ { \"Name\": …, \"Values\": [ … ] } ].",
        ["Query"] = "is called QueryParameters, a list: \"QueryParameters\": [ { \"Name\": …, \"Values\": [ … ] } ].",
        ["Paths"] = "a route has one Path; write a route for each.",
        ["PathPrefix"] = "write \"Path\": \"/api/{**rest}\" to match all that lies below /api.",
        ["Prefix"] = "write \"Path\": \"/api/{**rest}\" to match all that lies below /api.",
        ["Order"] = "belongs into the route, beside Match.",
        ["ClusterId"] = "belongs into the route, beside Match.",
        ["AuthorizationPolicy"] = "belongs into the route, beside Match.",
    };

    private static readonly Dictionary<string, string> InCluster = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ClusterId"] = "the id is the name of the cluster's object; remove this.",
        ["Address"] = "belongs into a destination: \"Destinations\": { \"a\": { \"Address\": … } }.",
        ["Url"] = "is the Address of a destination: \"Destinations\": { \"a\": { \"Address\": … } }.",
        ["server"] = "is a destination here: \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } }.",
        ["servers"] = "are destinations here: \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } }.",
        ["LoadBalancing"] = "is called LoadBalancingPolicy: \"LoadBalancingPolicy\": \"RoundRobin\".",
        ["LoadBalancer"] = "is called LoadBalancingPolicy: \"LoadBalancingPolicy\": \"RoundRobin\".",
        ["least_conn"] = "write \"LoadBalancingPolicy\": \"LeastRequests\", which counts open sockets as well.",
        ["ip_hash"] = "write \"SessionAffinity\": { \"Enabled\": true, \"Policy\": \"HashCookie\", \"AffinityKeyName\": \"node\" }.",
        ["sticky"] = "write \"SessionAffinity\": { \"Enabled\": true, \"Policy\": \"HashCookie\", \"AffinityKeyName\": \"node\" }.",
        ["keepalive"] = "nothing to write: connections to destinations are kept.",
        ["HealthChecks"] = "is called HealthCheck.",
        ["Timeout"] = "is the cluster's HttpRequest:ActivityTimeout, or a route's Timeout.",
        ["ActivityTimeout"] = "belongs into HttpRequest: \"HttpRequest\": { \"ActivityTimeout\": \"00:01:40\" }.",
        ["Version"] = "belongs into HttpRequest: \"HttpRequest\": { \"Version\": \"1.1\" }.",
        ["Transforms"] = "belongs into a route.",
    };

    private static readonly Dictionary<string, string> InDestination = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Url"] = "is called Address.",
        ["Uri"] = "is called Address.",
        ["Port"] = "belongs into Address: \"http://HOST:PORT\".",
        ["Weight"] = "destinations have no weights; list a destination twice under two ids, or balance by LeastRequests.",
        ["backup"] = "there are no spare destinations; balance over all, those that fail their health check get nothing.",
        ["max_fails"] = "is the cluster's HealthCheck, and its Metadata \"ConsecutiveFailuresHealthPolicy.Threshold\".",
        ["down"] = "is an order here: POST /destinations/{id}/drain on the admin port.",
    };

    private static readonly Dictionary<string, string> AtTheTop = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Routes"] = "belongs into ReverseProxy: \"ReverseProxy\": { \"Routes\": { … } }.",
        ["Clusters"] = "belongs into ReverseProxy: \"ReverseProxy\": { \"Clusters\": { … } }.",
        ["Urls"] = "is Kestrel:Endpoints here: \"Kestrel\": { \"Endpoints\": { \"Http\": { \"Url\": \"http://*:8080\" } } }.",
        ["AllowedHosts"] = "is Match:Hosts of each route here.",
        ["upstream"] = InReverseProxy["upstream"],
        ["server"] = InReverseProxy["server"],
        ["http"] = "this is no nginx file; begin with \"ReverseProxy\": { \"Routes\": { … }, \"Clusters\": { … } }.",
    };

    /// <summary>Returns what to write instead of a key that nothing reads; null when it is nobody's habit.</summary>
    public static string? Hint(Setting setting)
    {
        var names = setting.Path.Split(':');
        var table = names switch
        {
            [_] => AtTheTop,
            [_, _] when In("Routes", 0) && setting.Kind == SettingKind.Object => new() { [setting.Name] = AtTheTop["Routes"] },
            [_, _] when In("ReverseProxy", 0) => InReverseProxy,
            [_, _, _, _] when In("Routes", 1) => InRoute,
            [_, _, _, _, _] when In("Routes", 1) && In("Match", 3) => InMatch,
            [_, _, _, _] when In("Clusters", 1) => InCluster,
            [_, _, _, _, _, _] when In("Clusters", 1) && In("Destinations", 3) => InDestination,
            _ => null,
        };
        return table?.GetValueOrDefault(setting.Name);

        bool In(string name, int at) => names[at].Equals(name, StringComparison.OrdinalIgnoreCase);
    }
}
