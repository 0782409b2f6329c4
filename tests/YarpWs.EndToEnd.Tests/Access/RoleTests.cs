using System.Net;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>What a good token is good for.</summary>
public sealed class RoleTests(GarnetCluster garnet) : IClassFixture<GarnetCluster>
{
    private readonly TestCluster _cluster = garnet.Cluster;

    [Theory]
    [InlineData("webpubsub.sendToGroup", HttpStatusCode.Accepted)]
    [InlineData("webpubsub.sendToGroup.push_blue", HttpStatusCode.Accepted)]
    [InlineData("webpubsub.sendToGroup.push_red", HttpStatusCode.Forbidden)]
    [InlineData("webpubsub.sendToGroup.PUSH_blue", HttpStatusCode.Forbidden)]
    [InlineData("webpubsub.sendToGroup.push", HttpStatusCode.Forbidden)]
    [InlineData("webpubsub.joinLeaveGroup", HttpStatusCode.Forbidden)]
    [InlineData("WebPubSub.sendToGroup", HttpStatusCode.Forbidden)]
    public async Task Push_NeedsTheRoleForItsGroup(string role, HttpStatusCode status)
    {
        using var answer = await _cluster.PushAsync("blue", "x", "text/plain", Tokens.For("server", role));

        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task Push_WithoutAnyRole_Is403()
    {
        using var answer = await _cluster.PushAsync("blue", "x", "text/plain", Tokens.For("server"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData(Way.Request)]
    [InlineData(Way.Handshake)]
    public async Task Route_WithAPolicy_NeedsItsRole(Way way)
    {
        await using var gateway = await EchoGateway.StartAsync(
            ("Authorization:Policies:operators:Roles:0", "operator"), ("ReverseProxy:Routes:api:AuthorizationPolicy", "operators"));

        await using var without = await gateway.AskAsync(way, "/api/x");
        await using var foreign = await gateway.AskAsync(way, "/api/x", $"Authorization: Bearer {Tokens.For("ann", "sender", "Operator")}");
        await gateway.SendAsync(way, "/api/x", $"Authorization: Bearer {Tokens.For("ann", "sender", "operator")}");

        Assert.Equal((401, 403), (without.Status, foreign.Status));
    }

    [Theory]
    [InlineData(Way.Request)]
    [InlineData(Way.Handshake)]
    public async Task Route_WithoutAPolicy_IsClosed(Way way)
    {
        await using var gateway = await EchoGateway.StartAsync(
            ("ReverseProxy:Routes:new:ClusterId", "backend"), ("ReverseProxy:Routes:new:Match:Path", "/new/{**rest}"));

        await using var without = await gateway.AskAsync(way, "/new/x");
        await gateway.SendAsync(way, "/new/x", $"Authorization: Bearer {Tokens.For("ann")}");

        Assert.Equal(401, without.Status);
    }
}
