namespace YarpWs.Gateway.Tests.Routes.Checks;

/// <summary>What the check says of clusters, in these words.</summary>
public sealed class ClusterCheckTests
{
    [Theory]
    [InlineData(Place.GoodClusterWith, "'LoadBalancingPolicy': 'RoundRobbin'",
        "error: ReverseProxy:Clusters:c:LoadBalancingPolicy: no policy 'RoundRobbin'; did you mean 'RoundRobin'?")]
    [InlineData(Place.GoodClusterWith, "'HealthCheck': { 'AvailableDestinationsPolicy': 'Healthy' }",
        "error: ReverseProxy:Clusters:c:HealthCheck:AvailableDestinationsPolicy: no policy 'Healthy'; expected one of HealthyAndUnknown, HealthyOrLast, HealthyOrPanic.")]
    [InlineData(Place.GoodClusterWith, "'HealthCheck': { 'Active': { 'Enabled': true, 'Policy': 'ConsecutiveFailure' } }",
        "error: ReverseProxy:Clusters:c:HealthCheck:Active:Policy: no policy 'ConsecutiveFailure'; did you mean 'ConsecutiveFailures'?")]
    [InlineData(Place.GoodClusterWith, "'HealthCheck': { 'Passive': { 'Enabled': true, 'Policy': 'TransportFailure' } }",
        "error: ReverseProxy:Clusters:c:HealthCheck:Passive:Policy: no policy 'TransportFailure'; did you mean 'TransportFailureRate'?")]
    [InlineData(Place.GoodClusterWith, "'SessionAffinity': { 'Enabled': true, 'Policy': 'Cookies', 'AffinityKeyName': 'node' }",
        "error: ReverseProxy:Clusters:c:SessionAffinity:Policy: no policy 'Cookies'; did you mean 'Cookie'?")]
    [InlineData(Place.GoodClusterWith, "'SessionAffinity': { 'Enabled': true, 'FailurePolicy': 'Return503', 'AffinityKeyName': 'node' }",
        "error: ReverseProxy:Clusters:c:SessionAffinity:FailurePolicy: no policy 'Return503'; did you mean 'Return503Error'?")]
    [InlineData(Place.GoodClusterWith, "'SessionAffinity': { 'Enabled': true }",
        "error: ReverseProxy:Clusters:c:SessionAffinity:AffinityKeyName: affinity needs the name of its cookie or header; write one, such as \"node\".")]
    [InlineData(Place.GoodClusterWith, "'SessionAffinity': { 'Enabled': true, 'AffinityKeyName': 'node', 'Cookie': { 'SameSite': 'Laxx' } }",
        "error: ReverseProxy:Clusters:c:SessionAffinity:Cookie:SameSite: 'Laxx' is not known; did you mean 'Lax'?")]
    [InlineData(Place.GoodClusterWith, "'HealthCheck': { 'Active': { 'Path': '/readyz' } }",
        "warning: ReverseProxy:Clusters:c:HealthCheck:Active: does nothing yet; add \"Enabled\": true.")]
    [InlineData(Place.GoodClusterWith, "'HealthCheck': { 'Active': { 'Enabled': true, 'Interval': '00:00:00' } }",
        "error: ReverseProxy:Clusters:c:HealthCheck:Active:Interval: a time of 0 is none; write a longer one, such as \"00:00:10\".")]
    [InlineData(Place.GoodClusterWith, "'HealthCheck': { 'Active': true }",
        "error: ReverseProxy:Clusters:c:HealthCheck:Active: is one value; write an object: \"Active\": { … } with any of Enabled, Interval, Path, Policy, Query, Timeout.")]
    [InlineData(Place.GoodClusterWith, "'HttpRequest': { 'Version': '1.2' }",
        "error: ReverseProxy:Clusters:c:HttpRequest:Version: '1.2' is no version of HTTP; write \"1.1\" (or \"2\", which carries no WebSockets here).")]
    [InlineData(Place.GoodClusterWith, "'HttpRequest': { 'VersionPolicy': 'Exact' }",
        "error: ReverseProxy:Clusters:c:HttpRequest:VersionPolicy: 'Exact' is not known; expected one of RequestVersionExact, RequestVersionOrHigher, RequestVersionOrLower.")]
    [InlineData(Place.GoodClusterWith, "'HttpClient': { 'MaxConnectionsPerServer': 0 }",
        "error: ReverseProxy:Clusters:c:HttpClient:MaxConnectionsPerServer: '0' connections carry nothing; write 1 or more, or remove it for no limit.")]
    [InlineData(Place.GoodClusterWith, "'HttpClient': { 'SslProtocols': 'Tls13' }",
        "error: ReverseProxy:Clusters:c:HttpClient:SslProtocols: is one value and would be ignored; write a list: \"SslProtocols\": [ \"Tls13\" ].")]
    [InlineData(Place.GoodClusterWith, "'HttpClient': { 'SslProtocols': [ 'Tls14' ] }",
        "error: ReverseProxy:Clusters:c:HttpClient:SslProtocols:0: 'Tls14' is not known; did you mean 'Tls11'?")]
    [InlineData(Place.GoodClusterWith, "'HttpClient': { 'DangerousAcceptAnyServerCertificate': 'on' }",
        "error: ReverseProxy:Clusters:c:HttpClient:DangerousAcceptAnyServerCertificate: 'on' is neither; write true or false.")]
    [InlineData(Place.GoodClusterWith, "'HttpClient': { 'WebProxy': { 'Address': 'proxy' } }",
        "error: ReverseProxy:Clusters:c:HttpClient:WebProxy:Address: 'proxy' is no address; write http://HOST:PORT.")]
    [InlineData(Place.GoodClusterWith, "'Metadata': 'x'",
        "error: ReverseProxy:Clusters:c:Metadata: is one value; write an object: \"Metadata\": { \"NAME\": \"VALUE\" }.")]
    [InlineData(Place.Cluster, "'LoadBalancingPolicy': 'Random'",
        "error: ReverseProxy:Clusters:c:Destinations: a cluster without destinations answers 503; add \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } }.")]
    [InlineData(Place.Cluster, "'Destinations': {}",
        "error: ReverseProxy:Clusters:c:Destinations: a cluster without destinations answers 503; add \"Destinations\": { \"a\": { \"Address\": \"http://HOST:PORT\" } }.")]
    [InlineData(Place.Destination, "",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: a destination needs one; write \"Address\": \"http://HOST:PORT\".")]
    [InlineData(Place.Destination, "'Address': ''",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: a destination needs one; write \"Address\": \"http://HOST:PORT\".")]
    [InlineData(Place.Destination, "'Address': 'http://user:secret@a:1'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: holds a user or password, which is not sent; write http://HOST:PORT, and the header by a transform.")]
    [InlineData(Place.Destination, "'Address': 'http://a:1, http://b:1'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: is several addresses in one text, or has spaces; write a destination for each.")]
    [InlineData(Place.Destination, "'Address': 'http://*:5001'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: 'http://*:5001' is an address to listen on; write http://HOST:PORT.")]
    [InlineData(Place.Destination, "'Address': 'ftp://a'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: 'ftp://a' is no address; expected http://HOST:PORT or https://HOST:PORT.")]
    [InlineData(Place.Destination, "'Address': 'http://a:1/?x=1'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: 'http://a:1/?x=1' holds a query, which would be in front of the path; write http://HOST:PORT.")]
    [InlineData(Place.Destination, "'Address': 'http://a:1', 'Health': 'a:2'",
        "error: ReverseProxy:Clusters:c:Destinations:a:Health: 'a:2' has no scheme; write \"http://a:2\".")]
    [InlineData(Place.Destination, "'Address': { 'Host': 'a' }",
        "error: ReverseProxy:Clusters:c:Destinations:a:Address: is an object; write one value, such as \"Address\": \"…\".")]
    [InlineData(Place.GoodClusterWith, "'HealthCheck': [ 'Active' ]",
        "error: ReverseProxy:Clusters:c:HealthCheck: is a list; write one object: \"HealthCheck\": { … } with any of Active, AvailableDestinationsPolicy, Passive.")]
    public void ClusterThatIsWrong_IsNamed_WithWhatToDo(Place place, string text, string expected) => Assert.Equal(expected, Diagnosis.Of(place, text));
}
