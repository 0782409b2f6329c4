namespace YarpWs.Gateway.Tests.Routes.Checks;

/// <summary>Names that other proxies have for things.</summary>
public sealed class MisnomersTests
{
    [Theory]
    [InlineData(Place.GoodRouteWith, "'RouteId': 'x'",
        "error: ReverseProxy:Routes:r:RouteId: the id is the name of the route's object; remove this.")]
    [InlineData(Place.GoodRouteWith, "'Path': 'x'",
        "error: ReverseProxy:Routes:r:Path: belongs into Match: \"Match\": { \"Path\": … }.")]
    [InlineData(Place.GoodRouteWith, "'Hosts': 'x'",
        "error: ReverseProxy:Routes:r:Hosts: belongs into Match: \"Match\": { \"Hosts\": [ … ] }.")]
    [InlineData(Place.GoodRouteWith, "'Methods': 'x'",
        "error: ReverseProxy:Routes:r:Methods: belongs into Match: \"Match\": { \"Methods\": [ … ] }.")]
    [InlineData(Place.GoodRouteWith, "'add_header': 'x'",
        "error: ReverseProxy:Routes:r:add_header: is Headers here: \"Headers\": [ { \"Name\": …, \"Value\": …, \"Always\": true } ].")]
    [InlineData(Place.GoodRouteWith, "'server_name': 'x'",
        "error: ReverseProxy:Routes:r:server_name: is Match:Hosts here: \"Match\": { \"Hosts\": [ \"app.example.com\" ] }.")]
    [InlineData(Place.GoodRouteWith, "'location': 'x'",
        "error: ReverseProxy:Routes:r:location: is Match:Path here: \"Match\": { \"Path\": \"/ws/{**rest}\" }.")]
    [InlineData(Place.GoodRouteWith, "'proxy_pass': 'x'",
        "error: ReverseProxy:Routes:r:proxy_pass: is the address of a destination here: name a cluster in ClusterId, and give it \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } }.")]
    [InlineData(Place.GoodRouteWith, "'proxy_http_version': 'x'",
        "error: ReverseProxy:Routes:r:proxy_http_version: is the cluster's HttpRequest:Version here.")]
    [InlineData(Place.GoodRouteWith, "'rewrite': 'x'",
        "error: ReverseProxy:Routes:r:rewrite: is a transform here: \"Transforms\": [ { \"PathRemovePrefix\": \"/api\" } ] or [ { \"PathPattern\": \"/new/{rest}\" } ].")]
    [InlineData(Place.GoodRouteWith, "'return': 'x'",
        "error: ReverseProxy:Routes:r:return: is Answer here: \"Answer\": { \"Status\": 301, \"Location\": \"https://$host$request_uri\" }.")]
    [InlineData(Place.GoodRouteWith, "'Cluster': 'x'",
        "error: ReverseProxy:Routes:r:Cluster: is called ClusterId.")]
    [InlineData(Place.GoodRouteWith, "'Destinations': 'x'",
        "error: ReverseProxy:Routes:r:Destinations: belongs into a cluster: \"Clusters\": { \"NAME\": { \"Destinations\": { … } } }; the route names it as ClusterId.")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'server_name': 'x'",
        "error: ReverseProxy:Routes:r:Match:server_name: is called Hosts, a list: \"Hosts\": [ \"app.example.com\" ].")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Method': 'x'",
        "error: ReverseProxy:Routes:r:Match:Method: is called Methods, a list: \"Methods\": [ \"GET\" ].")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Header': 'x'",
        "error: ReverseProxy:Routes:r:Match:Header: is called Headers, a list: \"Headers\": [ { \"Name\": …, \"Values\": [ … ] } ].")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Query': 'x'",
        "error: ReverseProxy:Routes:r:Match:Query: is called QueryParameters, a list: \"QueryParameters\": [ { \"Name\": …, \"Values\": [ … ] } ].")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Paths': 'x'",
        "error: ReverseProxy:Routes:r:Match:Paths: a route has one Path; write a route for each.")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Prefix': 'x'",
        "error: ReverseProxy:Routes:r:Match:Prefix: write \"Path\": \"/api/{**rest}\" to match all that lies below /api.")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Order': 'x'",
        "error: ReverseProxy:Routes:r:Match:Order: belongs into the route, beside Match.")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'ClusterId': 'x'",
        "error: ReverseProxy:Routes:r:Match:ClusterId: belongs into the route, beside Match.")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'AuthorizationPolicy': 'x'",
        "error: ReverseProxy:Routes:r:Match:AuthorizationPolicy: belongs into the route, beside Match.")]
    [InlineData(Place.GoodClusterWith, "'ClusterId': 'x'",
        "error: ReverseProxy:Clusters:c:ClusterId: the id is the name of the cluster's object; remove this.")]
    [InlineData(Place.GoodClusterWith, "'Url': 'x'",
        "error: ReverseProxy:Clusters:c:Url: is the Address of a destination: \"Destinations\": { \"a\": { \"Address\": … } }.")]
    [InlineData(Place.GoodClusterWith, "'server': 'x'",
        "error: ReverseProxy:Clusters:c:server: is a destination here: \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } }.")]
    [InlineData(Place.GoodClusterWith, "'servers': 'x'",
        "error: ReverseProxy:Clusters:c:servers: are destinations here: \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } }.")]
    [InlineData(Place.GoodClusterWith, "'LoadBalancer': 'x'",
        "error: ReverseProxy:Clusters:c:LoadBalancer: is called LoadBalancingPolicy: \"LoadBalancingPolicy\": \"RoundRobin\".")]
    [InlineData(Place.GoodClusterWith, "'sticky': 'x'",
        "error: ReverseProxy:Clusters:c:sticky: write \"SessionAffinity\": { \"Enabled\": true, \"Policy\": \"HashCookie\", \"AffinityKeyName\": \"node\" }.")]
    [InlineData(Place.GoodClusterWith, "'keepalive': 'x'",
        "error: ReverseProxy:Clusters:c:keepalive: nothing to write: connections to destinations are kept.")]
    [InlineData(Place.GoodClusterWith, "'HealthChecks': 'x'",
        "error: ReverseProxy:Clusters:c:HealthChecks: is called HealthCheck.")]
    [InlineData(Place.GoodClusterWith, "'Timeout': 'x'",
        "error: ReverseProxy:Clusters:c:Timeout: is the cluster's HttpRequest:ActivityTimeout, or a route's Timeout.")]
    [InlineData(Place.GoodClusterWith, "'Transforms': 'x'",
        "error: ReverseProxy:Clusters:c:Transforms: belongs into a route.")]
    [InlineData(Place.Destination, "'Address': 'http://a:1', 'Uri': 'x'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Uri: is called Address.")]
    [InlineData(Place.Destination, "'Address': 'http://a:1', 'Port': 'x'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Port: belongs into Address: \"http://HOST:PORT\".")]
    [InlineData(Place.Destination, "'Address': 'http://a:1', 'backup': 'x'",
        "error: ReverseProxy:Clusters:c:Destinations:a:backup: there are no spare destinations; balance over all, those that fail their health check get nothing.")]
    [InlineData(Place.Destination, "'Address': 'http://a:1', 'max_fails': 'x'",
        "error: ReverseProxy:Clusters:c:Destinations:a:max_fails: is the cluster's HealthCheck, and its Metadata \"ConsecutiveFailuresHealthPolicy.Threshold\".")]
    [InlineData(Place.Destination, "'Address': 'http://a:1', 'down': 'x'",
        "error: ReverseProxy:Clusters:c:Destinations:a:down: is an order here: POST /destinations/{id}/drain on the admin port.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'upstream': {}, 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: ReverseProxy:upstream: an upstream is a cluster here: \"Clusters\": { \"NAME\": { \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } } } }.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'upstreams': {}, 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: ReverseProxy:upstreams: an upstream is a cluster here: \"Clusters\": { \"NAME\": { \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } } } }.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'backends': {}, 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: ReverseProxy:backends: backends are clusters here: \"Clusters\": { \"NAME\": { \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } } } }.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'server': {}, 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: ReverseProxy:server: servers are routes here: \"Routes\": { \"NAME\": { \"ClusterId\": …, \"Match\": { \"Hosts\": [ … ] } } }; ports stand in Kestrel:Endpoints.")]
    [InlineData(Place.Whole, "{ 'Clusters': {}, 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: Clusters: belongs into ReverseProxy: \"ReverseProxy\": { \"Clusters\": { … } }.")]
    [InlineData(Place.Whole, "{ 'Urls': {}, 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: Urls: is Kestrel:Endpoints here: \"Kestrel\": { \"Endpoints\": { \"Http\": { \"Url\": \"http://*:8080\" } } }.")]
    [InlineData(Place.Whole, "{ 'AllowedHosts': {}, 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: AllowedHosts: is Match:Hosts of each route here.")]
    [InlineData(Place.Whole, "{ 'upstream': {}, 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: upstream: an upstream is a cluster here: \"Clusters\": { \"NAME\": { \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } } } }.")]
    [InlineData(Place.Whole, "{ 'server': {}, 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: server: servers are routes here: \"Routes\": { \"NAME\": { \"ClusterId\": …, \"Match\": { \"Hosts\": [ … ] } } }; ports stand in Kestrel:Endpoints.")]
    [InlineData(Place.Whole, "{ 'http': {}, 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: http: this is no nginx file; begin with \"ReverseProxy\": { \"Routes\": { … }, \"Clusters\": { … } }.")]
    public void Misnomer_IsAnsweredWithTheRightName(Place place, string text, string expected) => Assert.Equal(expected, Diagnosis.Of(place, text));
}
