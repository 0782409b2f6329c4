using YarpWs.Gateway.Routes.Locations;

namespace YarpWs.Gateway.Tests.Routes.Locations;

/// <summary>Which server a host takes: what nginx 1.22 does with the same names.</summary>
public sealed class ServerChoiceTests
{
    private static readonly Located Servers = Located.Servers(
        Named("all", new() { Default = true }),
        Named("one", new() { Names = ["one.example.com"] }),
        Named("below", new() { Names = ["*.example.com"] }),
        Named("deeper", new() { Names = ["*.deep.example.com"] }),
        Named("anywhere", new() { Names = ["www.example.*"] }),
        Named("second", new() { Names = [@"~\.example\.net$"], Order = 2 }),
        Named("first", new() { Names = [@"~^(?<tenant>[a-z]+)\.tenants\.example\.net$"], Order = 1 }),
        Named("dotted", new() { Names = [".example.org"] }));

    [Theory]
    [InlineData("one.example.com", "one")]
    [InlineData("ONE.Example.com", "one")]
    [InlineData("one.example.com.", "one")]
    [InlineData("two.example.com", "below")]
    [InlineData("a.b.example.com", "below")]
    [InlineData("a.deep.example.com", "deeper")]
    [InlineData("example.com", "all")]
    [InlineData("www.example.com", "below")]
    [InlineData("www.example.de", "anywhere")]
    [InlineData("www.example.co.uk", "anywhere")]
    [InlineData("blue.tenants.example.net", "first")]
    [InlineData("Blue.Tenants.example.net", "first")]
    [InlineData("x.example.net", "second")]
    [InlineData("example.org", "dotted")]
    [InlineData("a.b.example.org", "dotted")]
    [InlineData("", "all")]
    [InlineData("192.0.2.1", "all")]
    public void Host_IsTheExactName_ThenTheLongestWildcardInFront_ThenAtTheEnd_ThenTheFirstExpression(string host, string server) => Assert.Equal(server, Servers.AskHost(host));

    [Fact]
    public void Ports_AreWorldsOfTheirOwn()
    {
        var servers = Located.Servers(
            Named("plain", new() { Ports = [80], Names = ["a.example"], Default = true }),
            Named("tls", new() { Ports = [443], Default = true }),
            Named("any", new() { Names = ["b.example"] }));

        Assert.Equal(("plain", "tls", "none"), (servers.AskHost("a.example"), servers.AskHost("a.example", 443), servers.AskHost("a.example", 8080)));
        Assert.Equal(("any", "any"), (servers.AskHost("b.example"), servers.AskHost("b.example", 8080)));
    }

    [Fact]
    public void Expression_OfAName_CatchesPartsOfTheHost() =>
        Assert.Equal("blue", Servers.Find("/", "blue.tenants.example.net", 80)!.HostCaptures!["tenant"]);

    private static (string, ServerSettings, string[]) Named(string id, ServerSettings settings) => (id, settings, ["/"]);
}
