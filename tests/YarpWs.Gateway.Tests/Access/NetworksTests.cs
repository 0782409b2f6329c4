using System.Net;
using System.Net.WebSockets;
using YarpWs.Gateway.Access;
using YarpWs.Gateway.Tests.Content;

namespace YarpWs.Gateway.Tests.Access;

/// <summary>Who may come to a route, by address.</summary>
public sealed class NetworksTests
{
    [Theory]
    [InlineData("10.1.2.3", "+10.0.0.0/8 -all", true)]
    [InlineData("11.1.2.3", "+10.0.0.0/8 -all", false)]
    [InlineData("11.1.2.3", "+10.0.0.0/8", true)]
    [InlineData("10.1.2.3", "-10.1.2.3 +10.0.0.0/8 -all", false)]
    [InlineData("10.1.2.4", "-10.1.2.3 +10.0.0.0/8 -all", true)]
    [InlineData("::ffff:10.1.2.3", "+10.0.0.0/8 -all", true)]
    [InlineData("10.1.2.3", "+::ffff:10.1.2.3 -all", true)]
    [InlineData("2001:db8::1", "+2001:db8::/32 -all", true)]
    [InlineData("2001:db9::1", "+2001:db8::/32 -all", false)]
    [InlineData("10.1.2.3", "-::/0", true)]
    [InlineData("10.1.2.3", "+all -all", true)]
    [InlineData("10.9.9.9", "+10.1.2.3/8 -all", true)]
    [InlineData(null, "+10.0.0.0/8 -all", false)]
    [InlineData(null, "-10.0.0.0/8", true)]
    public void FirstRuleThatHoldsTheAddress_Decides(string? address, string rules, bool isAllowed)
    {
        var list = new NetworkList([.. rules.Split(' ').Select(rule => rule[0] == '+' ? new NetworkRule { Allow = rule[1..] } : new NetworkRule { Deny = rule[1..] })]);

        Assert.Equal(isAllowed, list.Allows(address is null ? null : IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("localhost")]
    [InlineData("unix:")]
    [InlineData("")]
    public void Text_ThatIsNoNetwork_IsAFault(string text) => Assert.StartsWith($"'{text}' is no network; ", NetworkList.FaultOf(text), StringComparison.Ordinal);

    [Fact]
    public async Task Client_ThatIsDenied_Gets403_WithAHandshakeToo()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded("'Networks': [ { 'Deny': '127.0.0.0/8' } ]"));

        Assert.Equal(HttpStatusCode.Forbidden, (await site.GetAsync("/")).Status);
        await Assert.ThrowsAsync<WebSocketException>(() => site.Gateway.ConnectAsync("/ws"));
        Assert.Empty(site.Destination.Arrivals);
    }

    /// <summary>What a client says of itself is nobody's address.</summary>
    [Fact]
    public async Task Address_IsTheClients_AsTrustedProxiesSayIt()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Own("'Answer': { }, 'Networks': [ { 'Allow': '192.0.2.0/24' }, { 'Deny': 'all' } ]"));

        Assert.Equal(HttpStatusCode.Forbidden, (await site.GetAsync("/", ("X-Forwarded-For", "192.0.2.7"))).Status);
    }
}
