using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using YarpWs.Gateway.Forwarding;

namespace YarpWs.Gateway.Tests.Forwarding.Http1;

/// <summary>Destinations get the same request from the carrier as from the proxy's forwarder, with all that a route may change of it; and clients the same answer.</summary>
public sealed class CarriedRequestTests
{
    public static TheoryData<string> Requests => [.. RequestsByName.Keys];

    private static readonly Dictionary<string, Action<HttpContext>> RequestsByName = new()
    {
        ["plain"] = _ => { },
        ["HEAD"] = context => context.Request.Method = "HEAD",
        ["POST without a body"] = context => context.Request.Method = "POST",
        ["PUT without a body"] = context => context.Request.Method = "PUT",
        ["PATCH without a body"] = context => context.Request.Method = "PATCH",
        ["DELETE"] = context => context.Request.Method = "DELETE",
        ["TRACE"] = context => context.Request.Method = "TRACE",
        ["OPTIONS"] = context => context.Request.Method = "OPTIONS",
        ["an unknown method"] = context => context.Request.Method = "PURGE",
        ["a length of nothing"] = context => context.Request.ContentLength = 0,
        ["POST with a length of nothing"] = context => (context.Request.Method, context.Request.ContentLength) = ("POST", 0),
        ["POST with a small body"] = context => AnsweringDestination.GiveBody(context, "POST", "a=1&b=2"),
        ["GET with a small body"] = context => AnsweringDestination.GiveBody(context, "GET", "{}"),
        ["PUT of bytes, with their type"] = context =>
        {
            AnsweringDestination.GiveBody(context, "PUT", "\u0000\r\n\r\n\u00ff");
            Add(context, ("Content-Type", "application/octet-stream"), ("Content-Encoding", "x"), ("Content-Disposition", "inline"));
        },
        ["the largest small body"] = context => AnsweringDestination.GiveBody(context, "PATCH", new string('b', SmallBody.MostBytes)),
        ["a small body over HTTP/2"] = context =>
        {
            AnsweringDestination.GiveBody(context, "POST", "hello");
            context.Request.Protocol = "HTTP/2";
        },
        ["headers of one hop"] = context => Add(
            context, ("Connection", "x, keep-alive"), ("Keep-Alive", "5"), ("TE", "trailers"), ("Proxy-Authorization", "Basic eDp4"), ("Proxy-Connection", "close"), ("Upgrade-Insecure-Requests", "1"),
            ("Alt-Svc", "x"), ("HTTP2-Settings", "AAMAAABk"), ("ALPN", "h2"), ("Close", "1"), ("Transfer-Encoding", "")),
        ["Expect"] = context => Add(context, ("Expect", "100-continue")),
        ["many of a name"] = context => Add(context, ("Cookie", new(["a=1", "b=2; c=3"])), ("X-Own", new(["a", "", "b"])), ("Accept", new(["text/html", "*/*;q=0.1"])), ("User-Agent", new(["a/1", "(b)"]))),
        ["odd values"] = context => Add(context, ("X-Bytes", "\u00e9\u0080\u00ff"), ("X-Tab", "a\tb"), ("X-Empty", ""), ("X-Date", "no date"), ("If-Modified-Since", "never"), ("From", "nobody"), ("Range", "bytes=x")),
        ["odd names"] = context => Add(context, ("!#$%&'*+-.^_`|~", "1"), ("x-lower", "2")),
        ["many headers"] = context => Add(context, [.. Enumerable.Range(0, 60).Select(number => ($"X-Long-{number}", new StringValues(new string('v', 300))))]),
        ["credentials"] = context => Add(context, ("Authorization", "Bearer abc"), ("X-Forwarded-For", "192.0.2.1, 192.0.2.2"), ("X-Real-IP", "192.0.2.1")),
        ["one whose values were taken out, as the server has them then"] = context => ((IDictionary<string, StringValues>)context.Request.Headers).Add("Sec-WebSocket-Protocol", StringValues.Empty),
        ["a trace of the client's"] = context => Add(context, ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("tracestate", "a=b"), ("baggage", "c=d")),
        ["HTTP/2"] = context =>
        {
            context.Request.Protocol = "HTTP/2";
            Add(context, (":authority", "b.example"), ("TE", "deflate, Trailers"), ("Cookie", new(["a=1", "b=2"])));
        },
        ["HTTP/1.0 without a host"] = context =>
        {
            context.Request.Protocol = "HTTP/1.0";
            context.Request.Headers.Remove("Host");
        },
        ["a path with escapes"] = context => Target(context, "/a%2Fb/./c/%2e%2e/d%20\u00e9"),
        ["a query"] = context => Target(context, "/?x=%2e%2e/y&z=a+b?c"),
        ["an absolute target"] = context => Target(context, "http://c.example/a/b?x=1"),
        ["a host with a port"] = context => context.Request.Host = new HostString("a.example:8080"),
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_IsTheForwarders(string request) => await IsTheSameAsync(RequestsByName[request]);

    [Theory]
    [InlineData("PathPrefix=/api/v1")]
    [InlineData("PathSet=/other path")]
    [InlineData("PathRemovePrefix=/a")]
    [InlineData("PathRemovePrefix=/a", "PathPrefix=/b%2Fc")]
    [InlineData("QueryValueParameter=page;Set=2")]
    [InlineData("QueryValueParameter=x;Append=2", "QueryRemoveParameter=y")]
    [InlineData("PathRewrite=^/a/(.*)$;To=/z/$1?n=1")]
    [InlineData("RequestHeaderOriginalHost=false")]
    [InlineData("RequestHeaderOriginalHost=true")]
    public async Task Request_OfARouteWithTransforms_IsTheForwarders(params string[] transforms) =>
        await IsTheSameAsync(context => Target(context, "/a/b%2Fc?x=1&y=2"), AnsweringDestination.RouteOf(Parse(transforms)));

    [Theory]
    [InlineData("""[ { "Name": "X-Own", "Value": "gateway" }, { "Name": "X-New", "Value": "$request_method" } ]""")]
    [InlineData("""[ { "Name": "x-own", "Value": "" }, { "Name": "Cookie", "Value": "" } ]""")]
    [InlineData("""[ { "Name": "Host", "Value": "inner.example" } ]""")]
    [InlineData("""[ { "Name": "Host", "Value": "$http_x_own" }, { "Name": "Authorization", "Value": "Basic x" } ]""")]
    [InlineData("""[ { "Name": "Host", "Value": "" } ]""")]
    public async Task Request_OfARouteWithHeaders_IsTheForwarders(string headers) => await IsTheSameAsync(
        context => Add(context, ("X-Own", "client"), ("Cookie", "a=1"), ("Authorization", "Bearer abc")), AnsweringDestination.RouteOf(settings: $$"""{ "RequestHeaders": {{headers}} }"""));

    /// <summary>The platform's client says that there is no body, whatever the method, where the proxy gives it one that has headers alone.</summary>
    [Fact]
    public async Task Request_WithHeadersOfABodyThatItHasNot_HasThemAlone()
    {
        using var destination = new AnsweringDestination();

        var head = await destination.RequestOfAsync(destination.Own, context => Add(context, ("Content-Type", "text/plain")));

        Assert.Equal("GET / HTTP/1.1\r\nHost: a.example\r\nContent-Type: text/plain\r\n\r\n", head);
    }

    /// <summary>The gateway's request is its parent; what the client said of it is known to the gateway's.</summary>
    [Fact]
    public async Task Request_WithinATrace_TellsOfIt()
    {
        using var activity = new Activity("request").SetParentId("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00").Start();

        var head = await IsTheSameAsync(RequestsByName["a trace of the client's"]);

        Assert.Contains($"traceparent: {activity.Id}\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("b7ad6b7169203331", head, StringComparison.Ordinal);
    }

    public static TheoryData<string> Left => [.. LeftByName.Keys];

    private static readonly Dictionary<string, Action<HttpContext>> LeftByName = new()
    {
        ["an upgrade"] = context => Add(context, ("Connection", "Upgrade"), ("Upgrade", "h2c")),
        ["a body that is streamed"] = context => context.Features.Set<IHttpRequestBodyDetectionFeature>(new WithBody()),
        ["a server that does not know"] = context => context.Features.Set<IHttpRequestBodyDetectionFeature>(null),
        ["CONNECT"] = context => context.Request.Method = "CONNECT",
        ["a value with a control character"] = context => Add(context, ("X-Own", "a\u0001b")),
        ["a value with the end of a line"] = context => Add(context, ("X-Own", "a\r\nX-Other: b")),
        ["a value beyond Latin-1"] = context => Add(context, ("X-Own", "\u4e2d")),
        ["a name that is none"] = context => Add(context, ("X Own", "a")),
        ["a query with a space"] = context => context.Request.QueryString = new QueryString("?a b"),
        ["two hosts"] = context => context.Request.Headers.Host = new(["a.example", "b.example"]),
    };

    [Theory]
    [MemberData(nameof(Left))]
    public async Task Request_BeyondTheCarrier_IsLeftToTheForwarder(string request)
    {
        using var destination = new AnsweringDestination();

        Assert.Null(await destination.RequestOfAsync(destination.Own, LeftByName[request]));
    }

    [Theory]
    [InlineData("RequestHeader=X-Own;Set=a")]
    [InlineData("RequestHeaderRemove=X-Own")]
    [InlineData("RequestHeadersCopy=false")]
    [InlineData("RequestHeadersAllowed=Accept")]
    [InlineData("HttpMethodChange=GET;Set=POST")]
    [InlineData("ResponseHeadersCopy=false")]
    [InlineData("ResponseHeadersAllowed=ETag")]
    [InlineData("ResponseTrailersCopy=false")]
    [InlineData("ResponseTrailer=X-Own;Set=a")]
    [InlineData("X-Forwarded=Append")]
    [InlineData("ClientCert=X-Cert")]
    public async Task Request_OfARouteWithOtherTransforms_IsLeftToTheForwarder(string transform)
    {
        using var destination = new AnsweringDestination(route: AnsweringDestination.RouteOf(Parse(transform)));

        Assert.Null(await destination.RequestOfAsync(destination.Own, RequestsByName["plain"]));
    }

    [Theory]
    [InlineData("ResponseHeader=X-Own;Set=gateway")]
    [InlineData("ResponseHeader=X-Own;Append=gateway;When=Always")]
    [InlineData("ResponseHeader=X-Own;Append=gateway;When=Failure")]
    [InlineData("ResponseHeaderRemove=X-Own")]
    [InlineData("ResponseHeaderRemove=ETag;When=Failure", "ResponseHeader=Set-Cookie;Set=a")]
    public async Task Answer_OfARouteWithTransforms_IsTheForwarders(params string[] transforms) => await IsAnsweredTheSameAsync(AnsweringDestination.RouteOf(Parse(transforms)));

    [Theory]
    [InlineData("""{ "Redirects": [ { "From": "http://inner.example/", "To": "/outer/" } ] }""")]
    [InlineData("""{ "Cookies": [ { "Path": "/in", "To": "/out" }, { "Domain": "inner.example", "To": "a.example" } ] }""")]
    [InlineData("""{ "AccelRedirects": true }""")]
    public async Task Answer_OfARouteThatChangesIt_IsTheForwarders(string settings) => await IsAnsweredTheSameAsync(AnsweringDestination.RouteOf(settings: settings));

    private static async Task IsAnsweredTheSameAsync(Yarp.ReverseProxy.Configuration.RouteConfig route)
    {
        using var destination = new AnsweringDestination(route: route);
        foreach (var status in (string[])["200 OK", "302 Found", "404 Not Found", "204 No Content", "205 Reset Content", "500 Oops"])
        {
            var answer = $"HTTP/1.1 {status}\r\nX-Own: inner\r\nETag: \"1\"\r\nLocation: http://inner.example/x\r\nSet-Cookie: a=1; Path=/in; Domain=inner.example\r\nSet-Cookie: b=2; Path=/\r\n"
                + "X-Accel-Redirect: /internal\r\nStrict-Transport-Security: max-age=1\r\nServer: x\r\nKeep-Alive: 5\r\nAlt-Svc: x\r\nProxy-Authenticate: Basic\r\nTransfer-Encoding: chunked\r\n\r\n"
                + (status.StartsWith("204", StringComparison.Ordinal) ? "" : "2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n");

            var own = await destination.OwnAsync(answer);

            Assert.True(own.IsWhole, $"{own}");
            Assert.Equal(await destination.PlatformsAsync(answer), own);
        }

        // Nor do those differ that failed.
        Assert.Equal((await destination.PlatformsAsync("HTTP/1.1 2")).Text, (await destination.OwnAsync("HTTP/1.1 2")).Text);
    }

    private static async Task<string> IsTheSameAsync(Action<HttpContext> request, Yarp.ReverseProxy.Configuration.RouteConfig? route = null)
    {
        using var destination = new AnsweringDestination(route: route);
        var own = await destination.RequestOfAsync(destination.Own, request);
        var forwarders = await destination.RequestOfAsync(destination.Platform, request);

        Assert.NotNull(own);
        Assert.NotNull(forwarders);
        Assert.Equal(Comparable(forwarders), Comparable(own));
        return own;
    }

    /// <summary>Names are alike whatever their case, and those that differ have no order.</summary>
    private static IEnumerable<string> Comparable(string request)
    {
        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var lines = request[..end].Split("\r\n");
        var fields = lines.Skip(1).Select(line => line.Split(':', 2)).Select(field => $"{field[0].ToLowerInvariant()}:{field[1].TrimEnd()}");
        return [lines[0], .. fields.Order(StringComparer.Ordinal), request[end..]];
    }

    private static void Add(HttpContext context, params (string Name, StringValues Values)[] headers)
    {
        foreach (var (name, values) in headers)
        {
            context.Request.Headers[name] = values;
        }
    }

    private static void Target(HttpContext context, string target)
    {
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        var question = target.IndexOf('?', StringComparison.Ordinal);
        context.Request.QueryString = new QueryString(question < 0 ? null : target[question..]);
        context.Request.Path = PathString.FromUriComponent(question < 0 ? new Uri("http://a.example" + target) : new Uri(new Uri("http://a.example"), target[..question]));
    }

    private static IReadOnlyList<IReadOnlyDictionary<string, string>> Parse(params string[] transforms) =>
        [.. transforms.Select(transform => transform.Split(';').Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]))];

    private sealed class WithBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }
}
