namespace YarpWs.Gateway.Tests.Routes.Checks;

/// <summary>What is wrong with servers and locations is said with what to write instead.</summary>
public sealed class LocationCheckTests
{
    [Theory]
    [InlineData("'Server': 'ap', 'Location': '/'", "error: ReverseProxy:Routes:r:Match:Server: no server 'ap'; did you mean 'app'?")]
    [InlineData("'Location': '/'", "error: ReverseProxy:Routes:r:Match:Server: a location is one of a server; write the id of one in ReverseProxy:Servers.")]
    [InlineData("'Server': 'app'", "error: ReverseProxy:Routes:r:Match:Location: a route of a server is one of its locations; write \"/\" for all paths, or as nginx does: \"= /x\", \"^~ /x/\", \"~ \\.png$\".")]
    [InlineData("'Server': 'app', 'Location': 'x'", "error: ReverseProxy:Routes:r:Match:Location: 'x' is no path; write \"/x\", or \"~ EXPRESSION\" for what no prefix can say.")]
    [InlineData("'Server': 'app', 'Location': '~*/x'", "error: ReverseProxy:Routes:r:Match:Location: '~*/x': a blank stands behind what is in front of a path or expression; write \"~* /x\".")]
    [InlineData("'Server': 'app', 'Location': '~ (x'", "error: ReverseProxy:Routes:r:Match:Location: '(x' is no expression here: Invalid pattern '(x' at offset 2. Not enough )'s.")]
    [InlineData("'Server': 'app', 'Location': '/', 'Path': '/x'", "error: ReverseProxy:Routes:r:Match:Path: stands beside Location, which says which paths; remove it.")]
    [InlineData("'Server': 'app', 'Location': '/', 'Hosts': [ 'a.example' ]", "error: ReverseProxy:Routes:r:Match:Hosts: stands beside Location, which says which paths; name the hosts in the server's Names.")]
    [InlineData("'Server': 'app', 'Location': '/x', 'Within': 'r'", "error: ReverseProxy:Routes:r:Match:Within: stands within itself, or more than 16 deep; remove it from one of them.")]
    [InlineData("'Server': 'app', 'Location': '/x', 'Within': 'q'", "error: ReverseProxy:Routes:r:Match:Within: no route 'q' with a location; expected one of r.")]
    [InlineData("'Server': 'app', 'Location': '~ (?=x)y'", "warning: ReverseProxy:Routes:r:Match:Location: this expression looks around or back, so that a path can be made for which it takes long; after 100 ms the answer is 500.")]
    public void Location_ThatCannotBeChosen_IsRefused(string match, string expected) =>
        Assert.Equal([expected], Say($"'r': {Route(match)}", "'app': { 'Names': [ 'a.example' ] }"));

    [Theory]
    [InlineData("'Server': 'app', 'Location': '/x'", "'Server': 'app', 'Location': '^~ /x'", "error: ReverseProxy:Routes:s:Match:Location: is the location of 'r' as well; remove one, or give them different Methods or conditions.")]
    [InlineData("'Server': 'app', 'Location': '~ x'", "'Server': 'app', 'Location': '~ y'", "error: ReverseProxy:Routes:s:Match:Location: neither this expression nor that of 'r' goes first; give them different Order, the lower one is asked first.")]
    public void Locations_OfWhichNeitherGoesFirst_AreRefused(string one, string other, string expected) =>
        Assert.Equal([expected], Say($"'r': {Route(one)}, 's': {Route(other)}", "'app': { 'Names': [ 'a.example' ] }"));

    [Fact]
    public void Locations_OfDifferentMethodsOrServers_AreGood() => Assert.Equal([], Say(
        $"'r': {Route("'Server': 'app', 'Location': '/x'")}, 's': {Route("'Server': 'app', 'Location': '/x', 'Methods': [ 'OPTIONS' ]")}, 't': {Route("'Server': 'b', 'Location': '/x'")}",
        "'app': { 'Names': [ 'a.example' ] }, 'b': { 'Names': [ 'b.example', '~^c\\\\d' ], 'Ports': [ 80 ], 'Default': true }"));

    [Theory]
    [InlineData("'app': { 'Names': [ '_' ] }", "error: ReverseProxy:Servers:app:Names:0: '_' is nginx's way to name none; write \"Default\": true for all other hosts.")]
    [InlineData("'app': { 'Names': [ 'a.*.example' ] }", "error: ReverseProxy:Servers:app:Names:0: 'a.*.example': an asterisk stands for whole parts at one end: \"*.example.com\" or \"www.example.*\".")]
    [InlineData("'app': { 'Names': [ 'a.example:80' ] }", "error: ReverseProxy:Servers:app:Names:0: 'a.example:80' is no name; write the host alone, without a port, and several as a list.")]
    [InlineData("'app': { 'Ports': [ 0 ] }", "error: ReverseProxy:Servers:app:Ports:0: '0' is no port; write 1 to 65535.")]
    [InlineData("'app': { 'Default': true }, 'b': { 'Default': true }", "error: ReverseProxy:Servers:b:Default: 'app' is there for all other hosts already; remove this from one of the two.")]
    [InlineData("'app': { 'Names': [ 'a.example' ] }, 'b': { 'Names': [ 'A.example' ] }", "error: ReverseProxy:Servers:b:Names: 'a.example' is a name of 'app' as well; remove it from one of the two.")]
    public void Server_ThatSharesHostsWithAnother_IsRefused(string servers, string expected) =>
        Assert.Equal([expected], Say($"'r': {Route("'Server': 'app', 'Location': '/'")}", servers));

    [Fact]
    public void Server_WithoutALocation_IsWarnedOf() => Assert.Equal(
        ["warning: ReverseProxy:Servers:b: no route is a location of this server; remove it, or add the route: \"Match\": { \"Server\": …, \"Location\": \"/\" }."],
        Say($"'r': {Route("'Server': 'app', 'Location': '/'")}", "'app': { 'Default': true }, 'b': { 'Names': [ 'b.example' ] }"));

    private static string Route(string match) => $"{{ 'ClusterId': 'c', 'AuthorizationPolicy': 'anonymous', 'Match': {{ {match} }} }}";

    private static IEnumerable<string> Say(string routes, string servers) => Diagnosis
        .All($"{{ 'ReverseProxy': {{ 'Servers': {{ {servers} }}, 'Routes': {{ {routes} }}, 'Clusters': {{ 'c': {{ 'Destinations': {{ 'a': {{ 'Address': 'http://127.0.0.1:1' }} }} }} }} }} }}".Replace('\'', '"'))
        .Select(one => one.ToString()[(one.ToString().IndexOf(": ", StringComparison.Ordinal) + 2)..]);
}
