namespace YarpWs.Gateway.Tests.Routes.Checks;

/// <summary>What people write who come from nginx, or write their first routes: each is answered with what to write instead.</summary>
public sealed class FirstTimeMistakesTests
{
    [Theory]
    [InlineData(Place.Match, "'Path': '/ws'",
        "warning: ReverseProxy:Routes:r:Match:Path: matches /ws alone and nothing below it; write \"/ws/{**rest}\" for both, or leave it if that is meant.")]
    [InlineData(Place.Match, "'Path': '/api/'",
        "warning: ReverseProxy:Routes:r:Match:Path: matches /api alone and nothing below it; write \"/api/{**rest}\" for both, or leave it if that is meant.")]
    [InlineData(Place.Match, "'Path': '/ws/*'",
        "error: ReverseProxy:Routes:r:Match:Path: '*' is a letter like any other here; write \"/ws/{**rest}\" for all that lies below.")]
    [InlineData(Place.Match, "'Path': '/ws/**'",
        "error: ReverseProxy:Routes:r:Match:Path: '*' is a letter like any other here; write \"/ws/{**rest}\" for all that lies below.")]
    [InlineData(Place.Match, "'Path': '^/ws/.*$'",
        "error: ReverseProxy:Routes:r:Match:Path: this is a regular expression, which would be taken letter by letter; write a pattern, such as \"/ws/{**rest}\" or \"/ws/{room:regex(^[a-z]+$)}\".")]
    [InlineData(Place.Match, "'Path': '/ws/.*'",
        "error: ReverseProxy:Routes:r:Match:Path: this is a regular expression, which would be taken letter by letter; write a pattern, such as \"/ws/{**rest}\" or \"/ws/{room:regex(^[a-z]+$)}\".")]
    [InlineData(Place.Match, "'Path': '/(a|b)'",
        "error: ReverseProxy:Routes:r:Match:Path: this is a regular expression, which would be taken letter by letter; write a pattern, such as \"/ws/{**rest}\" or \"/ws/{room:regex(^[a-z]+$)}\".")]
    [InlineData(Place.Match, "'Path': '~ ^/api/(.*)'",
        "error: ReverseProxy:Routes:r:Match:Path: '~' is a modifier of nginx's locations; write a pattern, such as \"/ws/{**rest}\".")]
    [InlineData(Place.Match, "'Path': '= /ws'",
        "error: ReverseProxy:Routes:r:Match:Path: '=' is a modifier of nginx's locations; write a pattern, such as \"/ws/{**rest}\".")]
    [InlineData(Place.Match, "'Path': '/ws/{**rest}', 'Hosts': 'app.example.com'",
        "error: ReverseProxy:Routes:r:Match:Hosts: is one value and would be ignored; write a list: \"Hosts\": [ \"app.example.com\" ].")]
    [InlineData(Place.Match, "'Path': '/ws/{**rest}', 'Hosts': [ 'https://app.example.com/' ]",
        "error: ReverseProxy:Routes:r:Match:Hosts:0: 'https://app.example.com/' is an address; write the host alone, \"app.example.com\".")]
    [InlineData(Place.Match, "'Path': '/ws/{**rest}', 'Hosts': [ 'app.example.com www.example.com' ]",
        "error: ReverseProxy:Routes:r:Match:Hosts:0: 'app.example.com www.example.com' is several hosts in one text; write a list: [ \"app.example.com\", \"www.example.com\" ].")]
    [InlineData(Place.Match, "'Path': '/ws/{**rest}', 'Hosts': [ '_' ]",
        "error: ReverseProxy:Routes:r:Match:Hosts:0: '_' is nginx's name for any host; remove Hosts to match them all.")]
    [InlineData(Place.Match, "'Path': '/ws/{**rest}', 'Hosts': [ '.example.com' ]",
        "error: ReverseProxy:Routes:r:Match:Hosts:0: '.example.com' begins with a dot; write \"*.example.com\" for all below it.")]
    [InlineData(Place.Match, "'Path': '/ws/{**rest}', 'Hosts': [ 'www.example.*' ]",
        "error: ReverseProxy:Routes:r:Match:Hosts:0: 'www.example.*' is never matched; a \"*.\" stands in front alone, as in \"*.example.com\".")]
    [InlineData(Place.Match, "'Path': '/ws/{**rest}', 'Hosts': [ '~^www\\\\d+\\\\.example\\\\.com$' ]",
        "error: ReverseProxy:Routes:r:Match:Hosts:0: '~^www\\d+\\.example\\.com$' is an expression, which Hosts has not; write hosts, or one \"*.\" in front of a domain.")]
    [InlineData(Place.Match, "'Path': '/api/{**rest}', 'Methods': 'GET'",
        "error: ReverseProxy:Routes:r:Match:Methods: is one value and would be ignored; write a list: \"Methods\": [ \"GET\" ].")]
    [InlineData(Place.Match, "'Path': '/api/{**rest}', 'Methods': [ 'GET, POST' ]",
        "error: ReverseProxy:Routes:r:Match:Methods:0: 'GET, POST' is several methods in one text; write a list: [ \"GET\", \"POST\" ].")]
    [InlineData(Place.Match, "'Path': '/ws/{**rest}', 'Methods': [ 'GET' ]",
        "warning: ReverseProxy:Routes:r:Match:Methods: a WebSocket over HTTP/2 arrives as CONNECT and would not be matched; add \"CONNECT\", or remove Methods.")]
    [InlineData(Place.Match, "'Path': 'https://app.example.com/ws'",
        "error: ReverseProxy:Routes:r:Match:Path: 'https://app.example.com/ws' is an address; write the path alone, and the host as Match:Hosts.")]
    [InlineData(Place.Match, "'PathPrefix': '/ws'",
        "error: ReverseProxy:Routes:r:Match:PathPrefix: write \"Path\": \"/api/{**rest}\" to match all that lies below /api.")]
    [InlineData(Place.Match, "'Host': 'app.example.com', 'Path': '/{**rest}'",
        "error: ReverseProxy:Routes:r:Match:Host: is called Hosts, a list: \"Hosts\": [ \"app.example.com\" ].")]
    [InlineData(Place.Match, "'Path': '/search?q=1'",
        "error: ReverseProxy:Routes:r:Match:Path: a query is no part of a path; write \"QueryParameters\": [ { \"Name\": …, \"Values\": [ … ] } ].")]
    [InlineData(Place.Match, "'Path': '/a%20b/{**rest}'",
        "error: ReverseProxy:Routes:r:Match:Path: paths are matched decoded; write \"/a b/{**rest}\".")]
    [InlineData(Place.Route, "'ClusterId': 'c', 'Path': '/ws/{**rest}'",
        "error: ReverseProxy:Routes:r:Path: belongs into Match: \"Match\": { \"Path\": … }.")]
    [InlineData(Place.Route, "'ClusterId': 'c', 'Match': '/ws/{**rest}'",
        "error: ReverseProxy:Routes:r:Match: is one value; write { \"Path\": \"/ws/{**rest}\" }.")]
    [InlineData(Place.Route, "'ClusterId': 'c', 'Match': { 'Path': '/{**rest}' }, 'Compression': { 'Prefix': 'x' }",
        "error: ReverseProxy:Routes:r:Compression:Prefix: no such setting; expected one of Level, MinLength, Types.")]
    [InlineData(Place.Route, "'RouteId': 'r', 'ClusterId': 'c', 'Match': { 'Path': '/{**rest}' }",
        "error: ReverseProxy:Routes:r:RouteId: the id is the name of the route's object; remove this.")]
    [InlineData(Place.Route, "'ClusterId': 'c', 'Match': { 'Path': '/{**rest}' }, 'proxy_pass': 'http://127.0.0.1:8999'",
        "error: ReverseProxy:Routes:r:proxy_pass: is the address of a destination here: name a cluster in ClusterId, and give it \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } }.")]
    [InlineData(Place.Route, "'Cluster': 'c', 'Match': { 'Path': '/{**rest}' }",
        "error: ReverseProxy:Routes:r:Cluster: is called ClusterId.")]
    [InlineData(Place.GoodRouteWith, "'AuthorizationPolicy': true",
        "error: ReverseProxy:Routes:r:AuthorizationPolicy: names a policy; write \"default\" to let in any valid token.")]
    [InlineData(Place.GoodRouteWith, "'AuthorizationPolicy': 'none'",
        "error: ReverseProxy:Routes:r:AuthorizationPolicy: no policy 'none'; expected one of anonymous, default.")]
    [InlineData(Place.GoodRouteWith, "'Order': 'first'",
        "error: ReverseProxy:Routes:r:Order: 'first' is no whole number; write one, such as 1.")]
    [InlineData(Place.GoodRouteWith, "'Timeout': '60s'",
        "error: ReverseProxy:Routes:r:Timeout: '60s' is no time here; write hours:minutes:seconds, \"00:01:00\".")]
    [InlineData(Place.GoodRouteWith, "'Timeout': 60",
        "error: ReverseProxy:Routes:r:Timeout: '60' is no time here; write hours:minutes:seconds, \"00:01:00\".")]
    [InlineData(Place.GoodRouteWith, "'proxy_read_timeout': '60s'",
        "error: ReverseProxy:Routes:r:proxy_read_timeout: is Sockets:IdleTimeout for WebSockets, and the cluster's HttpRequest:ActivityTimeout for requests.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': { 'PathRemovePrefix': '/api' }",
        "error: ReverseProxy:Routes:r:Transforms: is an object; write a list: \"Transforms\": [ { … } ].")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'PathRemovePrefix': '/api/' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0:PathRemovePrefix: a prefix that ends with / is never removed; write \"/api\".")]
    [InlineData(Place.GoodRouteWith, "'PathRemovePrefix': '/api'",
        "error: ReverseProxy:Routes:r:PathRemovePrefix: is a transform: \"Transforms\": [ { \"PathRemovePrefix\": \"/api\" } ].")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'RequestHeader': 'X-Real-IP', 'Set': '$remote_addr' } ]",
        "warning: ReverseProxy:Routes:r:Transforms:0:RequestHeader: goes over the X-Real-IP that the gateway sends itself, see Forwarding:Headers; remove this transform." + "\n"
        + "error: ReverseProxy:Routes:r:Transforms:0:Set: holds a variable of nginx, which would be sent as it stands; what the backend is told of the client is set in Forwarding:Headers.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'RequestHeader': 'Upgrade', 'Set': 'websocket' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0:RequestHeader: the gateway sends Upgrade itself where a WebSocket is opened, and on no other request; remove this transform.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'proxy_set_header': 'Host', 'Set': 'a' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0:proxy_set_header: no transform 'proxy_set_header'; write { \"RequestHeader\": NAME, \"Set\": VALUE }.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'PathRemovePrefix': '/api', 'PathPrefix': '/v1' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0: holds PathRemovePrefix and PathPrefix; write an object for each, { \"PathRemovePrefix\": … }, { \"PathPrefix\": … }.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'QueryStringParameter': 'a', 'Append': 'b' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0:QueryStringParameter: no transform 'QueryStringParameter'; write { \"QueryValueParameter\": NAME, \"Set\": VALUE }.")]
    [InlineData(Place.GoodClusterWith, "'LoadBalancing': 'RoundRobin'",
        "error: ReverseProxy:Clusters:c:LoadBalancing: is called LoadBalancingPolicy: \"LoadBalancingPolicy\": \"RoundRobin\".")]
    [InlineData(Place.GoodClusterWith, "'LoadBalancingPolicy': 'least_conn'",
        "error: ReverseProxy:Clusters:c:LoadBalancingPolicy: no policy 'least_conn'; did you mean 'LeastLoad'?")]
    [InlineData(Place.GoodClusterWith, "'ip_hash': true",
        "error: ReverseProxy:Clusters:c:ip_hash: write \"SessionAffinity\": { \"Enabled\": true, \"Policy\": \"HashCookie\", \"AffinityKeyName\": \"node\" }.")]
    [InlineData(Place.GoodClusterWith, "'HttpRequest': { 'Version': 'HTTP/1.1' }",
        "error: ReverseProxy:Clusters:c:HttpRequest:Version: 'HTTP/1.1' is no version of HTTP; write \"1.1\".")]
    [InlineData(Place.GoodClusterWith, "'HttpRequest': { 'ActivityTimeout': '5m' }",
        "error: ReverseProxy:Clusters:c:HttpRequest:ActivityTimeout: '5m' is no time here; write hours:minutes:seconds, \"00:05:00\".")]
    [InlineData(Place.GoodClusterWith, "'Version': '1.1'",
        "error: ReverseProxy:Clusters:c:Version: belongs into HttpRequest: \"HttpRequest\": { \"Version\": \"1.1\" }.")]
    [InlineData(Place.Cluster, "'Destination': { 'a': { 'Address': 'http://a:1' } }",
        "error: ReverseProxy:Clusters:c:Destination: no such setting; did you mean 'Destinations'?")]
    [InlineData(Place.Cluster, "'Destinations': [ { 'Address': 'http://a:1' } ]",
        "error: ReverseProxy:Clusters:c:Destinations: is a list; write an object whose names are the ids: \"Destinations\": { \"ID\": { \"Address\": \"http://HOST:PORT\" } }.")]
    [InlineData(Place.Cluster, "'Destinations': { 'a': 'http://a:1' }",
        "error: ReverseProxy:Clusters:c:Destinations:a: is one value; write { \"Address\": \"http://a:1\" }.")]
    [InlineData(Place.Cluster, "'server': '127.0.0.1:5001'",
        "error: ReverseProxy:Clusters:c:server: is a destination here: \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } }.")]
    [InlineData(Place.Destination, "'Address': '127.0.0.1:8999'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: '127.0.0.1:8999' has no scheme; write \"http://127.0.0.1:8999\".")]
    [InlineData(Place.Destination, "'Address': 'localhost:8999'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: 'localhost:8999' has no scheme; write \"http://localhost:8999\".")]
    [InlineData(Place.Destination, "'Address': 'ws://127.0.0.1:8999'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: WebSockets are opened over http; write \"http://127.0.0.1:8999\".")]
    [InlineData(Place.Destination, "'Address': 'wss://backend:8443/'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: WebSockets are opened over https; write \"https://backend:8443/\".")]
    [InlineData(Place.Destination, "'Address': 'unix:/run/daphne.sock'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: 'unix:/run/daphne.sock' has no scheme; write \"http://unix:/run/daphne.sock\".")]
    [InlineData(Place.Destination, "'Address': 'https://unix:/run/daphne.sock'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: a Unix socket is local, and its server has no name that a certificate could be for; write \"http://unix:/PATH\".")]
    [InlineData(Place.Destination, "'Address': 'http://unix:daphne.sock'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: a Unix socket has an absolute path; write \"http://unix:/run/app.sock\".")]
    [InlineData(Place.Destination, "'Address': 'http://127.0.0.1:8999/ws'",
        "warning: ReverseProxy:Clusters:c:Destinations:a:Address: /ws goes in front of the whole path; nginx would put it in place of the part that matched. For that add the transform { \"PathRemovePrefix\": … } to the route.")]
    [InlineData(Place.Destination, "'Address': 'http://$backend'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: 'http://$backend' holds a variable, which addresses have not; write http://HOST:PORT.")]
    [InlineData(Place.Destination, "'Url': 'http://127.0.0.1:8999'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Url: is called Address.")]
    [InlineData(Place.Destination, "'Address': 'http://a:1', 'Weight': 3",
        "error: ReverseProxy:Clusters:c:Destinations:a:Weight: destinations have no weights; list a destination twice under two ids, or balance by LeastRequests.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': [ { 'RouteId': 'r', 'ClusterId': 'c' } ], 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: ReverseProxy:Routes: is a list; write an object whose names are the ids: \"Routes\": { \"ID\": { \"ClusterId\": …, \"Match\": { \"Path\": … } } }.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': [ { 'ClusterId': 'c' } ] } }",
        "error: ReverseProxy:Clusters: is a list; write an object whose names are the ids: \"Clusters\": { \"ID\": { \"Destinations\": { … } } }.")]
    [InlineData(Place.Whole, "{ 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': {} }",
        "error: ReverseProxy:Routes: there is no route, so every request would be answered 404; add one, such as \"home\": { \"ClusterId\": \"backend\", \"Match\": { \"Path\": \"/{**rest}\" } }." + "\n"
        + "error: Routes:r: belongs into ReverseProxy: \"ReverseProxy\": { \"Routes\": { … } }." + "\n"
        + "error: Clusters: belongs into ReverseProxy: \"ReverseProxy\": { \"Clusters\": { … } }.")]
    [InlineData(Place.Whole, "{ 'ReverseProxy': { 'upstream': { 'backend': [ '127.0.0.1:8999' ] }, 'Routes': { 'r': { 'ClusterId': 'backend', 'Match': { 'Path': '/' } } } } }",
        "error: ReverseProxy:upstream: an upstream is a cluster here: \"Clusters\": { \"NAME\": { \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } } } }." + "\n"
        + "error: ReverseProxy:Routes:r:ClusterId: no cluster 'backend'; expected one defined in ReverseProxy:Clusters.")]
    [InlineData(Place.Whole, "{ 'http': { 'server': { 'listen': 80 } } }",
        "error: ReverseProxy:Routes: there is no route, so every request would be answered 404; add one, such as \"home\": { \"ClusterId\": \"backend\", \"Match\": { \"Path\": \"/{**rest}\" } }." + "\n"
        + "error: http: this is no nginx file; begin with \"ReverseProxy\": { \"Routes\": { … }, \"Clusters\": { … } }.")]
    [InlineData(Place.Whole, "{ 'Urls': 'http://*:8080', 'AllowedHosts': '*', 'ReverseProxy': { 'Routes': { 'r': { 'ClusterId': 'c', 'Match': { 'Path': '/' } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }",
        "error: Urls: is Kestrel:Endpoints here: \"Kestrel\": { \"Endpoints\": { \"Http\": { \"Url\": \"http://*:8080\" } } }." + "\n"
        + "error: AllowedHosts: is Match:Hosts of each route here.")]
    public void Mistake_IsAnsweredWithTheFix(Place place, string text, string expected) => Assert.Equal(expected, Diagnosis.Of(place, text));
}
