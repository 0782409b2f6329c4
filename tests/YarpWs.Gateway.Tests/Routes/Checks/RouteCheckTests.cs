namespace YarpWs.Gateway.Tests.Routes.Checks;

/// <summary>What the check says of routes, in these words.</summary>
public sealed class RouteCheckTests
{
    [Theory]
    [InlineData(Place.Route, "'Match': { 'Path': '/{**rest}' }",
        "error: ReverseProxy:Routes:r:ClusterId: a route needs one; write one of c.")]
    [InlineData(Place.Route, "'ClusterId': 'd', 'Match': { 'Path': '/{**rest}' }",
        "error: ReverseProxy:Routes:r:ClusterId: no cluster 'd'; expected one of c.")]
    [InlineData(Place.Route, "'ClusterId': 'elsewhere', 'Match': { 'Path': '/{**rest}' }",
        "error: ReverseProxy:Routes:r:ClusterId: no cluster 'elsewhere'; expected one of c.")]
    [InlineData(Place.Route, "'ClusterId': 'c'",
        "error: ReverseProxy:Routes:r:Match: a route needs a path or a host to match; write \"Match\": { \"Path\": \"/{**rest}\" } for all.")]
    [InlineData(Place.Match, "",
        "error: ReverseProxy:Routes:r:Match:Path: a route needs a path or a host to match; write \"Match\": { \"Path\": \"/{**rest}\" } for all.")]
    [InlineData(Place.Match, "'Path': '/{**rest}/x'",
        "error: ReverseProxy:Routes:r:Match:Path: this is no pattern: A catch-all parameter can only appear as the last segment of the route template.")]
    [InlineData(Place.Match, "'Path': '/{a}/{a}'",
        "error: ReverseProxy:Routes:r:Match:Path: this is no pattern: The route parameter name 'a' appears more than one time in the route template.")]
    [InlineData(Place.Match, "'Path': '/{id:itn}'",
        "error: ReverseProxy:Routes:r:Match:Path: no constraint 'itn' for {id}; did you mean 'int'?")]
    [InlineData(Place.Match, "'Path': '/{id:range(1,x)}'",
        "error: ReverseProxy:Routes:r:Match:Path: the constraint 'range(1,x)' of {id} cannot be read: The input string 'x' was not in a correct format.")]
    [InlineData(Place.Match, "'Path': ' /x/y'",
        "error: ReverseProxy:Routes:r:Match:Path: ' /x/y' has spaces around it; remove them.")]
    [InlineData(Place.Match, "'Path': [ '/a', '/b' ]",
        "error: ReverseProxy:Routes:r:Match:Path: is a list; write one value, such as \"Path\": \"/ws/{**rest}\".")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Hosts': [ '' ]",
        "error: ReverseProxy:Routes:r:Match:Hosts:0: is empty; write a host, such as \"app.example.com\", or remove it.")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Hosts': [ 'app.example.com/ws' ]",
        "error: ReverseProxy:Routes:r:Match:Hosts:0: 'app.example.com/ws' holds a path; write the host alone, and the path as Match:Path.")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Hosts': [ 'app.example.com:99999' ]",
        "error: ReverseProxy:Routes:r:Match:Hosts:0: '99999' is no port; write 1 to 65535, or the host alone for any.")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Methods': [ 'GTE' ]",
        "error: ReverseProxy:Routes:r:Match:Methods:0: no method 'GTE'; did you mean 'GET'?")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Methods': [ '*' ]",
        "error: ReverseProxy:Routes:r:Match:Methods:0: remove Methods to match them all.")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Headers': { 'X-Version': '1' }",
        "error: ReverseProxy:Routes:r:Match:Headers: is an object; write a list: \"Headers\": [ { … } ].")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Headers': [ { 'Values': [ '1' ] } ]",
        "error: ReverseProxy:Routes:r:Match:Headers:0:Name: a header to match needs one; write \"Name\": ….")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Headers': [ { 'Name': 'X-Version', 'Mode': 'Exact' } ]",
        "error: ReverseProxy:Routes:r:Match:Headers:0:Mode: 'Exact' is not known; did you mean 'Exists'?")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'QueryParameters': [ { 'Values': [ '1' ] } ]",
        "error: ReverseProxy:Routes:r:Match:QueryParameters:0:Name: a parameter to match needs one; write \"Name\": ….")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Headers': [ { 'Name': 'X-Version', 'Values': [ '1' ], 'IsCaseSensitive': 'yes' } ]",
        "error: ReverseProxy:Routes:r:Match:Headers:0:IsCaseSensitive: 'yes' is neither; write true or false.")]
    [InlineData(Place.GoodRouteWith, "'CorsPolicy': 'app'",
        "error: ReverseProxy:Routes:r:CorsPolicy: no policy 'app'; expected one of default, disable.")]
    [InlineData(Place.GoodRouteWith, "'CorsPolicy': true",
        "error: ReverseProxy:Routes:r:CorsPolicy: names a policy of Cors:Policies; write its name, or \"disable\".")]
    [InlineData(Place.GoodRouteWith, "'AuthorizationPolicy': false",
        "error: ReverseProxy:Routes:r:AuthorizationPolicy: names a policy; write \"anonymous\" to let in everybody.")]
    [InlineData(Place.GoodRouteWith, "'TimeoutPolicy': 'short'",
        "error: ReverseProxy:Routes:r:TimeoutPolicy: no policy 'short'; expected one of disable.")]
    [InlineData(Place.GoodRouteWith, "'RateLimiterPolicy': 'few'",
        "error: ReverseProxy:Routes:r:RateLimiterPolicy: no policy 'few': the gateway has none of this kind; remove this.")]
    [InlineData(Place.GoodRouteWith, "'OutputCachePolicy': 'long'",
        "error: ReverseProxy:Routes:r:OutputCachePolicy: no policy 'long': the gateway has none of this kind; remove this.")]
    [InlineData(Place.GoodRouteWith, "'Timeout': '00:00:00'",
        "error: ReverseProxy:Routes:r:Timeout: a time of 0 would end every request; write a longer one, or remove it for none.")]
    [InlineData(Place.GoodRouteWith, "'Timeout': '24:00:00'",
        "error: ReverseProxy:Routes:r:Timeout: '24:00:00' is no time; write hours:minutes:seconds with hours under 24 and the others under 60, days before a dot: \"1.12:30:00\".")]
    [InlineData(Place.GoodRouteWith, "'Timeout': 'soon'",
        "error: ReverseProxy:Routes:r:Timeout: 'soon' is no time; write hours:minutes:seconds, such as \"00:01:00\".")]
    [InlineData(Place.GoodRouteWith, "'Timeout': '00:01:00', 'TimeoutPolicy': 'disable'",
        "error: ReverseProxy:Routes:r:TimeoutPolicy: stands beside Timeout; keep one of the two.")]
    [InlineData(Place.GoodRouteWith, "'MaxRequestBodySize': -2",
        "error: ReverseProxy:Routes:r:MaxRequestBodySize: '-2' is no size; write a number of bytes, or -1 for no limit.")]
    [InlineData(Place.GoodRouteWith, "'MaxRequestBodySize': '10m'",
        "error: ReverseProxy:Routes:r:MaxRequestBodySize: '10m' is no whole number; write it without a unit, 10485760.")]
    [InlineData(Place.GoodRouteWith, "'Metdata': {}",
        "error: ReverseProxy:Routes:r:Metdata: no such setting; did you mean 'Metadata'?")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ {} ]",
        "error: ReverseProxy:Routes:r:Transforms:0: is empty; remove it.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'PathRemvePrefix': '/api' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0:PathRemvePrefix: no transform 'PathRemvePrefix'; did you mean 'PathRemovePrefix'?")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'RequestHeader': 'X-A' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0: RequestHeader has no value; add \"Set\": … to replace what is there, or \"Append\": … to add to it.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'HttpMethodChange': 'PUT' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0: HttpMethodChange has no value; add \"Set\": ….")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'RequestHeader': 'X-A', 'Value': '1' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0: RequestHeader has no value; add \"Set\": … to replace what is there, or \"Append\": … to add to it." + "\n"
        + "error: ReverseProxy:Routes:r:Transforms:0:Value: RequestHeader has no 'Value'; expected one of Append, Set.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'PathPrefix': '/a', 'Set': '1' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0:Set: PathPrefix has no 'Set'; remove it.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'Set': '1' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0:Set: 'Set' says what to do, not to what; add the transform, such as \"RequestHeader\": NAME.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'RequestHeader': 'X-Forwarded-For', 'Set': '1' } ]",
        "warning: ReverseProxy:Routes:r:Transforms:0:RequestHeader: goes over the X-Forwarded-For that the gateway sends itself, see Forwarding:Headers; remove this transform.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'X-Forwarded': 'Set' } ]",
        "warning: ReverseProxy:Routes:r:Transforms:0:X-Forwarded: goes over the chain that the gateway sends itself, see Forwarding:Headers; remove this transform.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'ResponseHeaderAdd': 'a', 'Set': 'b' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0:ResponseHeaderAdd: no transform 'ResponseHeaderAdd'; write { \"ResponseHeader\": NAME, \"Set\": VALUE }.")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'Rewrite': '/a' } ]",
        "error: ReverseProxy:Routes:r:Transforms:0:Rewrite: no transform 'Rewrite'; write { \"PathRemovePrefix\": … } or { \"PathPattern\": … }.")]
    [InlineData(Place.Route, "'ClusterId': 'c', 'Match': { 'Path': '/api/{**rest}' }, 'Transforms': [ { 'PathRemovePrefix': '/web' } ]",
        "warning: ReverseProxy:Routes:r:Transforms:0:PathRemovePrefix: no path that this route matches begins with /web, so nothing is removed; write what \"/api/{**rest}\" begins with.")]
    public void RouteThatIsWrong_IsNamed_WithWhatToDo(Place place, string text, string expected) => Assert.Equal(expected, Diagnosis.Of(place, text));
}
