namespace YarpWs.Gateway.Tests.Routes.Checks;

/// <summary>What the check says of what a route has beside the proxy's own keys.</summary>
public sealed class RouteSettingsCheckTests
{
    private const string All = "'Match': { 'Path': '/{**rest}' }";

    [Theory]
    [InlineData("'Headers': [ { 'Name': 'X-A' } ]",
        "Headers:0:Value: a header has a value; write one, or \"\" for none.")]
    [InlineData("'Headers': [ { 'Value': 'x' } ]",
        "Headers:0:Name: a header has a name; write one, such as \"X-Frame-Options\".")]
    [InlineData("'Headers': [ { 'Name': 'X A', 'Value': 'x' } ]",
        "Headers:0:Name: 'X A' is no name of a header; write letters, digits and '-'.")]
    [InlineData("'Headers': [ { 'Name': 'Connection', 'Value': 'close' } ]",
        "Headers:0:Name: Connection belongs to the connection, and the gateway says it itself; remove this.")]
    [InlineData("'Headers': [ { 'Name': 'X-A', 'Value': 'a\\nb' } ]",
        "Headers:0:Value: holds the end of a line or another control character, which no header may hold; leave it out.")]
    [InlineData("'RequestHeaders': [ { 'Name': 'Upgrade', 'Value': 'x' } ]",
        "RequestHeaders:0:Name: Upgrade belongs to the connection, and the gateway says it itself; remove this.")]
    [InlineData("'Headers': [ { 'Name': 'X-A', 'Value': '${host' } ]",
        "Headers:0:Value: a '${' has no name and '}' behind it; write ${NAME}, or $${ for these two characters.")]
    [InlineData("'RemoveHeaders': [ 'a:b' ]",
        "RemoveHeaders:0: 'a:b' is no name of a header; write letters, digits and '-'.")]
    [InlineData("'Headers': 'x'",
        "Headers: is one value and would be ignored; write a list: \"Headers\": [ \"x\" ].")]
    [InlineData("'Headers': [ { 'Name': 'X-A', 'Values': [ '1' ] } ]",
        "Headers:0:Values: no such setting; did you mean 'Value'?")]
    [InlineData("'Expires': '3650.00:00:01'",
        "Expires: is out of bounds; write a time up to \"3650.00:00:00\".")]
    [InlineData("'Networks': [ { } ]",
        "Networks:0: says nothing; write { \"Allow\": NETWORK } or { \"Deny\": NETWORK }.")]
    [InlineData("'Networks': [ { 'Allow': 'all', 'Deny': 'all' } ]",
        "Networks:0: allows and denies; write a rule for each, in the order in which they are asked.")]
    [InlineData("'Networks': [ { 'Allow': '10.0.0.0/33' } ]",
        "Networks:0:Allow: '10.0.0.0/33' is no network; write an address, \"all\", or a network such as \"10.0.0.0/8\".")]
    [InlineData("'Cookies': [ { 'To': '/' } ]", "Cookies:0: changes the Path or the Domain of cookies; write one of the two, and a rule of its own for the other.")]
    [InlineData("'Cookies': [ { 'Path': '/' } ]", "Cookies:0:To: nothing says what stands in place of it; write it, such as \"/\".")]
    [InlineData("'AccelRedirects': true, 'Cache': { }", "AccelRedirects: stands beside Cache, which would keep for all clients what a destination lets one of them have; keep one of the two.")]
    [InlineData("'RequestRates': [ { 'Requests': 1 } ]",
        "RequestRates:0:Key: nothing says what is counted; write \"$remote_addr\", or a word for all requests together.")]
    [InlineData("'RequestRates': [ { 'Key': 'a${', 'Requests': 1 } ]",
        "RequestRates:0:Key: a '${' has no name and '}' behind it; write ${NAME}, or $${ for these two characters.")]
    [InlineData("'RequestRates': [ { 'Key': 'all' } ]",
        "RequestRates:0:Requests: is out of bounds; expected 1 to 1000000.")]
    [InlineData("'RequestRates': [ { 'Key': 'all', 'Requests': 1, 'Per': '02:00:00' } ]",
        "RequestRates:0:Per: is out of bounds; expected 00:00:01 to 01:00:00.")]
    [InlineData("'RequestRates': [ { 'Key': 'all', 'Requests': 1, 'Burst': 1, 'DelayBeyond': 2 } ]",
        "RequestRates:0:DelayBeyond: is more than the Burst, so that nobody would wait; write less, or leave it out.")]
    [InlineData("'RequestLimits': [ { 'Requests': 1 } ]",
        "RequestLimits:0:Key: nothing says what is counted; write \"$remote_addr\", or a word for all requests together.")]
    [InlineData("'RequestLimits': [ { 'Key': 'all' } ]",
        "RequestLimits:0:Requests: is out of bounds; expected 1 to 10000000.")]
    [InlineData("'Cache': { 'Ages': [ { 'Statuses': [ 206 ], 'Age': '00:01:00' } ] }",
        "Cache:Ages:0:Statuses:0: 206 is no status of an answer that can be kept; write one such as 200 or 404.")]
    [InlineData("'Cache': { 'Ages': [ { } ] }",
        "Cache:Ages:0:Age: is out of bounds; expected 00:00:00.0010000 to 365.00:00:00.")]
    [InlineData("'Satisfy': 'Any', 'Networks': [ { 'Allow': 'all' } ]",
        "Satisfy: Any is an address or one login; write Networks, and either BasicAuth or AuthRequest, beside it.")]
    [InlineData("'AuthRequest': { 'Path': '/check' }",
        "AuthRequest:Cluster: a question needs one; write one of c.")]
    [InlineData("'AuthRequest': { 'Cluster': 'c' }",
        "AuthRequest:Path: nothing says what is asked; write a path that begins with '/', such as \"/auth/check\".")]
    [InlineData("'AuthRequest': { 'Cluster': 'c', 'Path': '/check', 'Timeout': '00:20:00' }",
        "AuthRequest:Timeout: is out of bounds; expected 00:00:00.1000000 to 00:10:00.")]
    [InlineData("'AuthRequest': { 'Cluster': 'c', 'Path': '/check', 'Headers': [ { 'Name': 'Content-Length', 'Value': '' } ] }",
        "AuthRequest:Headers:0:Name: Content-Length belongs to the connection, and the gateway says it itself; remove this.")]
    [InlineData("'ErrorPages': [ { 'Statuses': [ 404 ], 'File': 'a', 'PageStatus': true } ]",
        "ErrorPages:0:PageStatus: is the status of what Path leads to; remove it, or write Path without Status.")]
    [InlineData("'BasicAuth': { }",
        "BasicAuth:File: users and passwords stand in a file; write the name of one that htpasswd has made.")]
    [InlineData("'BasicAuth': { 'File': 'a', 'Realm': 'a\\\"b' }",
        "BasicAuth:Realm: holds a quote, a backslash or what is not ASCII, which browsers read in several ways; leave it out.")]
    [InlineData("'Compression': { 'Level': 10 }",
        "Compression:Level: is out of bounds; expected 1 to 9.")]
    [InlineData("'Compression': { 'Types': [ 'text/event-stream' ] }",
        "Compression:Types:0: an event stream is not compressed, or its events would wait for each other; remove it.")]
    [InlineData("'Compression': { 'Types': [ 'css' ] }",
        "Compression:Types:0: 'css' is no type; write one such as \"text/css\", or \"*/*\" for all.")]
    [InlineData("'Upgrades': [ 'tcp', 'WebSocket' ]",
        "Upgrades:1: websocket is upgraded on every route; remove it.")]
    [InlineData("'Upgrades': [ 'h2c' ]",
        "Upgrades:0: requests would come through a tunnel to h2c past routes, logins and limits; remove it.")]
    [InlineData("'Upgrades': [ 'HTTP/2.0' ]",
        "Upgrades:0: requests would come through a tunnel to HTTP/2.0 past routes, logins and limits; remove it.")]
    [InlineData("'Upgrades': [ 'TLS/1.2' ]",
        "Upgrades:0: requests would come through a tunnel to TLS/1.2 past routes, logins and limits; remove it.")]
    [InlineData("'Upgrades': [ 'tcp, spdy/3.1' ]",
        "Upgrades:0: 'tcp, spdy/3.1' is no protocol; write a name as clients do in Upgrade, such as \"tcp\" or \"spdy/3.1\".")]
    [InlineData("'Upgrades': [ 'spdy/' ]",
        "Upgrades:0: 'spdy/' is no protocol; write a name as clients do in Upgrade, such as \"tcp\" or \"spdy/3.1\".")]
    [InlineData("'ErrorPages': [ { 'File': 'x' } ]",
        "ErrorPages:0:Statuses: a page stands for statuses; write them: [ 502, 503, 504 ].")]
    [InlineData("'ErrorPages': [ { 'Statuses': [ 200 ], 'File': 'x' } ]",
        "ErrorPages:0:Statuses:0: 200 is no error; write a status from 300 to 599.")]
    [InlineData("'ErrorPages': [ { 'Statuses': [ 404 ] } ]",
        "ErrorPages:0:File: a page is a File, a Path or a Location; write one of the three.")]
    [InlineData("'ErrorPages': [ { 'Statuses': [ 404 ], 'File': 'x', 'Path': '/x' } ]",
        "ErrorPages:0: holds more than one of File, Path and Location; keep one.")]
    [InlineData("'ErrorPages': [ { 'Statuses': [ 404 ], 'Path': '@elsewhere' } ]",
        "ErrorPages:0:Path: no route 'elsewhere'; expected one of r.")]
    [InlineData("'ErrorPages': [ { 'Statuses': [ 404 ], 'Location': '/x', 'Status': 200 } ]",
        "ErrorPages:0:Status: 200 (OK) leads nowhere; write one of 301, 302, 303, 307, 308 beside a Location.")]
    public void SettingThatIsWrong_IsNamed_WithWhatToDo(string text, string expected) =>
        Assert.Equal($"error: ReverseProxy:Routes:r:{expected}", Diagnosis.Of(Place.GoodRouteWith, text));

    [Theory]
    [InlineData("'Answer': { }, 'ClusterId': 'c'",
        "ClusterId: stands beside Answer, so that the cluster is never asked; keep one of the two.")]
    [InlineData("'Files': { 'Root': 'x' }, 'ClusterId': 'c'",
        "ClusterId: stands beside Files, so that the cluster is never asked; keep one of the two.")]
    [InlineData("'Answer': { 'Status': 204 }, 'Upgrades': [ 'tcp' ]",
        "Upgrades: a tunnel leads to a destination, and this route answers by itself; remove it.")]
    [InlineData("'Files': { 'Root': 'x' }, 'Answer': { }",
        "Answer: stands beside Files; keep one of the two.")]
    [InlineData("'Answer': { 'Status': 99 }",
        "Answer:Status: is out of bounds; expected 200 to 599.")]
    [InlineData("'Answer': { 'Status': 301 }",
        "Answer:Location: 301 says that the client is to go elsewhere; write where: \"https://$host$request_uri\".")]
    [InlineData("'Answer': { 'Status': 404, 'Location': '/x' }",
        "Answer:Status: 404 leads nowhere; write one of 301, 302, 303, 307, 308 or 201 beside a Location.")]
    [InlineData("'Answer': { 'Status': 204, 'Body': 'x' }",
        "Answer:Body: an answer with 204 has none (RFC 9110); remove it, or write another Status.")]
    [InlineData("'Answer': { 'Close': true, 'Status': 200 }",
        "Answer:Close: closes the connection without an answer; remove it, or what stands beside it.")]
    [InlineData("'Files': { }",
        "Files:Root: files are looked up in a directory; write the name of one.")]
    [InlineData("'Files': { 'Root': 'x', 'Alias': 'y' }",
        "Files:Alias: stands beside Root; keep one of the two.")]
    [InlineData("'Files': { 'Root': 'x', 'Index': [ '' ] }",
        "Files:Index:0: is no name of a file in a directory; write one such as \"index.html\".")]
    [InlineData("'Files': { 'Root': 'x', 'Index': [ '../x' ] }",
        "Files:Index:0: is no name of a file in a directory; write one such as \"index.html\".")]
    [InlineData("'Files': { 'Root': 'x', 'TryFiles': [ '$uri', '=404' ] }",
        "Files:TryFiles:1: '=404' is what happens where nothing is found; write it as Fallback.")]
    [InlineData("'Files': { 'Root': 'x', 'TryFiles': [ '/$http_host$uri' ] }",
        "Files:TryFiles:0: holds a variable other than $uri; a client could ask for any file by it.")]
    [InlineData("'Files': { 'Root': 'x', 'TryFiles': [ 'index.html' ] }",
        "Files:TryFiles:0: 'index.html' is no path; write \"$uri\", or one that begins with '/'.")]
    [InlineData("'Files': { 'Root': 'x', 'Fallback': '=200' }",
        "Files:Fallback: '200' is no status of an error; write one such as \"=404\".")]
    [InlineData("'Files': { 'Root': 'x', 'Fallback': 'index.html' }",
        "Files:Fallback: 'index.html' is neither a path nor a route; write \"/index.html\", or \"@ID\" with the id of a route.")]
    [InlineData("'Files': { 'Root': 'x', 'Types': { 'wasm': 'application/wasm' } }",
        "Files:Types:wasm: 'wasm' is no end of a name; write \".wasm\".")]
    [InlineData("'Files': { 'Root': 'x', 'Links': 'Some' }",
        "Files:Links: 'Some' is not known; did you mean 'None'?")]
    public void RouteWithoutACluster_ThatIsWrong_IsNamed_WithWhatToDo(string text, string expected) =>
        Assert.Contains($"error: ReverseProxy:Routes:r:{expected}", Diagnosis.Of(Place.Route, $"{All}, {text}").Split('\n'));

    /// <summary>An answer that is bound to one path means it; nothing of it may be a secret's place in what is said.</summary>
    [Theory]
    [InlineData("'Match': { 'Path': '/health' }, 'Answer': { 'Body': 'ok' }")]
    [InlineData("'Match': { 'Path': '/favicon.ico' }, 'Files': { 'Alias': 'x', 'Links': 'none', 'TryFiles': [ '$uri', '$uri.html', '/x' ], 'Fallback': '/x?$args' }")]
    [InlineData("'Match': { 'Path': '/{**rest}' }, 'Files': { 'Root': 'x', 'Fallback': '$uri/index.php' }")]
    [InlineData("'Match': { 'Path': '/health' }, 'Answer': { 'Body': 'ok' }, 'Expires': '3650.00:00:00'")]
    public void RouteWithoutACluster_HasNoFinding(string text) =>
        Assert.DoesNotContain("ReverseProxy:Routes", Diagnosis.Of(Place.Route, text), StringComparison.Ordinal);

    [Fact]
    public void Finding_HasItsPlace()
    {
        var finding = Assert.Single(Diagnosis.All("{ 'ReverseProxy': { 'Routes': { 'r': { 'Match': { 'Path': '/x' },\n'Answer': {\n'Status': 99 } } } } }"));

        Assert.Equal((3, 11), (finding.Location!.Line, finding.Location.Column));
    }

    [Fact]
    public void Value_MayBeASecret_AndIsNotRepeated() =>
        Assert.DoesNotContain("s3cret", Diagnosis.Of(Place.GoodRouteWith, "'RequestHeaders': [ { 'Name': 'X-Key', 'Value': 's3cret $nonsense' } ]"), StringComparison.Ordinal);
}
