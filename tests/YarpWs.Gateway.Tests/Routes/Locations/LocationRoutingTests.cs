using System.Net;
using YarpWs.Gateway.Tests.Operator.Verbs;
using static YarpWs.Gateway.Tests.Routes.OperatedGateway;

namespace YarpWs.Gateway.Tests.Routes.Locations;

/// <summary>Requests to a gateway with locations among its routes.</summary>
public sealed class LocationRoutingTests
{
    [Fact]
    public async Task Request_TakesItsLocation_AndRoutesOfNoServerStay()
    {
        await using var gateway = await StartAsync((a, b) => Settings(a, b, "^~ /img/", "app.example"));

        Assert.Equal("a", await AskAsync(gateway, "app.example", "/img/x.png"));
        Assert.Equal("b", await AskAsync(gateway, "app.example", "/x.png"));
        Assert.Equal("404", await AskAsync(gateway, "app.example", "/x"));
        Assert.Equal("404", await AskAsync(gateway, "app.example", "/other/x"));
        Assert.Equal("b", await AskAsync(gateway, "else.example", "/other/x"));
        Assert.Equal("404", await AskAsync(gateway, "else.example", "/img/x"));
    }

    [Fact]
    public async Task SavedFile_ChangesLocationsAndServers_WithoutARestart()
    {
        await using var gateway = await StartAsync((a, b) => Settings(a, b, "^~ /img/", "app.example"));
        Assert.Equal("a", await AskAsync(gateway, "app.example", "/img/x.png"));

        gateway.Save(Settings(gateway.A, gateway.B, "/img/", "new.example"));
        await gateway.Log.ExpectAsync(Applied);

        Assert.Equal("b", await AskAsync(gateway, "new.example", "/img/x.png"));
        Assert.Equal("404", await AskAsync(gateway, "app.example", "/img/x.png"));
    }

    [Fact]
    public async Task MissingSlash_IsAnswered301_WithSchemeHostAndPort()
    {
        await using var gateway = await StartAsync((a, b) => Settings(a, b, "/img/", "app.example"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/img?a=%2F");
        request.Headers.Host = "app.example";

        using var answer = await gateway.Http.SendAsync(request, Deadline.Token());

        Assert.Equal((HttpStatusCode.MovedPermanently, $"http://app.example:{gateway.Http.BaseAddress!.Port}/img/?a=%2F"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
    }

    [Theory]
    [InlineData("/../img/x.png", "400")]
    [InlineData("/a/%2e%2e/%2e%2e/x.png", "400")]
    [InlineData("/a/../img/x.png", "a")]
    [InlineData("/..a/x.png", "b")]
    public async Task Path_ThatLeavesTheRoot_IsAnswered400(string target, string expected)
    {
        await using var gateway = await StartAsync((a, b) => Settings(a, b, "^~ /img/", "app.example"));

        Assert.Equal(expected, await AskAsync(gateway, "app.example", target));
    }

    [Fact]
    public async Task RouteWithoutALocation_IsAskedBeforeAllLocations_WhereItsConditionHolds()
    {
        await using var gateway = await StartAsync((a, b) => Settings(a, b, "^~ /img/", "app.example").Replace("\"other\": {", """
            "closed": { "Answer": { "Status": 403 }, "AuthorizationPolicy": "anonymous", "Match": { "Server": "app", "When": "$arg_a = 1" } },
            "moved": { "Answer": { "Path": "/img/x.png" }, "AuthorizationPolicy": "anonymous", "Order": 1, "Match": { "Server": "app", "When": "$uri ~ ^/moved/|^/img/x" } },
            "other": {
            """, StringComparison.Ordinal));

        Assert.Equal("403", await AskAsync(gateway, "app.example", "/img/y.png?a=1"));
        Assert.Equal("a", await AskAsync(gateway, "app.example", "/img/y.png?a=2"));
        Assert.Equal("a", await AskAsync(gateway, "app.example", "/moved/z"));
        Assert.Equal("b", await AskAsync(gateway, "else.example", "/other/x?a=1"));
    }

    [Fact]
    public async Task Explain_SaysWhichLocation_AndWhyNoOther()
    {
        await using var gateway = await StartAsync((a, b) => Settings(a, b, "/img/", "app.example"));

        var (code, output, error) = await VerbRun.RunAsync("explain", "http://app.example/img/x.png", "--admin", gateway.Admin.ToString());

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Route png leads to cluster b;", output, StringComparison.Ordinal);
        Assert.Contains(@"    Location ~ \.png$ of server 'app': it is the first expression that fits /img/x.png, and no '^~' is the longest prefix.", output, StringComparison.Ordinal);
        Assert.Contains(@"Not img: the expression ~ \.png$ fits, and goes before a prefix without '^~'.", output, StringComparison.Ordinal);
        Assert.Contains("Not other: server 'app' takes the request, and this route is no location of it.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_SaysThatNoServerHasTheHost()
    {
        await using var gateway = await StartAsync((a, b) => Settings(a, b, "/img/", "app.example"));

        var (_, output, _) = await VerbRun.RunAsync("explain", "http://else.example/other/x", "--admin", gateway.Admin.ToString());

        Assert.Contains("Route other leads to cluster b;", output, StringComparison.Ordinal);
        Assert.Contains("Not img: it is a location of server 'app', which has not this host on this port.", output, StringComparison.Ordinal);
    }

    private static string Settings(Destination a, Destination b, string location, string host) => $$"""
        {
          "ReverseProxy": {
            "Servers": { "app": { "Names": [ "{{host}}" ] } },
            "Routes": {
              "img": { "ClusterId": "a", "AuthorizationPolicy": "anonymous", "Match": { "Server": "app", "Location": "{{location}}" } },
              "png": { "ClusterId": "b", "AuthorizationPolicy": "anonymous", "Match": { "Server": "app", "Location": "~ \\.png$" } },
              "other": { "ClusterId": "b", "AuthorizationPolicy": "anonymous", "Match": { "Path": "/other/{**rest}" } }
            },
            "Clusters": {
              "a": { "Destinations": { "a": { "Address": "{{a.Address}}" } } },
              "b": { "Destinations": { "b": { "Address": "{{b.Address}}" } } }
            }
          }
        }
        """;

    /// <summary>The destination that was asked, or the status where none was.</summary>
    private static async Task<string> AskAsync(OperatedGateway gateway, string host, string target)
    {
        gateway.A.Arrivals.Clear();
        gateway.B.Arrivals.Clear();
        var asWritten = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{gateway.Http.BaseAddress!.GetLeftPart(UriPartial.Authority)}{target}", in asWritten));
        request.Headers.Host = host;
        using var answer = await gateway.Http.SendAsync(request, Deadline.Token());
        return !gateway.A.Arrivals.IsEmpty ? "a" : !gateway.B.Arrivals.IsEmpty ? "b" : $"{(int)answer.StatusCode}";
    }
}
