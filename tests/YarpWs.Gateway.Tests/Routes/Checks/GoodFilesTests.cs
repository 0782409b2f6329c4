namespace YarpWs.Gateway.Tests.Routes.Checks;

/// <summary>What the check has nothing to say about: a warning that is given for nothing teaches to read none.</summary>
public sealed class GoodFilesTests
{
    [Fact]
    public void ShippedFile_HasNoFinding() => Assert.Empty(Diagnosis.All(File.ReadAllText(TestGateway.SettingsFile)));

    [Theory]
    [InlineData(Place.Match, "'Path': 'ws/{**rest}'")]
    [InlineData(Place.Match, "'Path': '{**catch-all}'")]
    [InlineData(Place.Match, "'Path': '/favicon.ico'")]
    [InlineData(Place.Match, "'Path': '/rooms/{room:regex(^[a-z]{{2,8}}$)}/{id:int?}'")]
    [InlineData(Place.Match, "'Hosts': [ '*.example.com', 'example.com:8443', '*:8080', 'bücher.example' ]")]
    [InlineData(Place.Match, "'Path': '/api/{**rest}', 'Methods': [ 'get', 'POST', 'PROPFIND' ]")]
    [InlineData(Place.Match, "'Path': '/ws/{**rest}', 'Methods': [ 'GET', 'CONNECT' ]")]
    [InlineData(Place.Match, "'Path': '/{**rest}', 'Headers': [ { 'Name': 'X-Version', 'Values': [ '2' ], 'Mode': 'HeaderPrefix' } ], 'QueryParameters': [ { 'Name': 'a', 'Mode': 'Exists' } ]")]
    [InlineData(Place.Route, "'clusterid': 'C', 'match': { 'path': '/{**rest}' }, 'ORDER': '-5'")]
    [InlineData(Place.GoodRouteWith, "'AuthorizationPolicy': 'Anonymous', 'CorsPolicy': 'Disable', 'Timeout': '00:00:30', 'MaxRequestBodySize': -1, 'Metadata': { 'Owner': 'me', 'Level': 3 }")]
    [InlineData(Place.GoodRouteWith, "'Transforms': [ { 'PathRemovePrefix': '/api' }, { 'RequestHeader': 'X-A', 'Set': 'a $5 note' }, { 'ResponseHeaderRemove': 'Server', 'When': 'Always' } ]")]
    [InlineData(Place.GoodRouteWith, "'Transforms': null, 'Timeout': null, // a comment\n")]
    [InlineData(Place.GoodClusterWith, "'HttpRequest': { 'Version': '2', 'VersionPolicy': 'requestversionexact', 'ActivityTimeout': '1.00:00:00' }, 'HttpClient': { 'SslProtocols': [ 'Tls12', 'Tls13' ] }")]
    [InlineData(Place.Destination, "'Address': 'http://[::1]:5001/', 'Health': 'https://a:1/health', 'Host': 'a', 'Metadata': { 'a': 'b' }")]
    [InlineData(Place.Whole, "{ '$schema': 'gateway.schema.json', 'ReverseProxy': { 'Routes': { 'a': { 'ClusterId': 'c', 'Match': { 'Path': '/x/{a:int}' } }, 'b': { 'ClusterId': 'c', 'Match': { 'Path': '/x/{a}' } }, 'h': { 'ClusterId': 'c', 'Match': { 'Path': '/x/{a}', 'Hosts': [ 'h' ] } } }, 'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }")]
    public void GoodText_HasNoFinding(Place place, string text) => Assert.Equal("", Diagnosis.Of(place, text));

    [Theory]
    [InlineData("'Path': '/x/{a}'")]
    [InlineData("'Path': '/x/{**rest:regex(^[[a-z]]+$)}'")]
    [InlineData("'Path': '/x/{**rest}', 'Hosts': [ 'h' ]")]
    [InlineData("'Path': '/x/{**rest}', 'Methods': [ 'GET' ]")]
    [InlineData("'Path': '/x/{**rest}', 'Headers': [ { 'Name': 'X-Version', 'Values': [ '2' ] } ]")]
    [InlineData("'Path': '/x/{**rest}', 'QueryParameters': [ { 'Name': 'a', 'Mode': 'Exists' } ]")]
    public void RouteThatTakesNotAllBelow_LeavesSomethingToALaterOne(string first) => GoodText_HasNoFinding(
        Place.Whole,
        $$$"""
        { 'ReverseProxy': {
            'Routes': { 'first': { 'ClusterId': 'c', 'Order': 1, 'Match': { {{{first}}} } }, 'later': { 'ClusterId': 'c', 'Order': 2, 'Match': { 'Path': '/x/y/z' } } },
            'Clusters': { 'c': { 'Destinations': { 'a': { 'Address': 'http://a:1' } } } } } }
        """);
}
