using System.Net;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>Keys that an issuer publishes.</summary>
public sealed class AuthorityTests : IAsyncLifetime
{
    private readonly EmbeddedGarnet _redis = new();
    private TestIssuer _issuer = null!;
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await TestIssuer.StartAsync();
        await _redis.StartAsync();
        _cluster = await TestCluster.StartAsync(_redis, _issuer.Settings);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _redis.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task Issuer_WhileItIsAway_KeepsTheGatewayUnready_AndTokensOut()
    {
        await _cluster.Logs.WaitForAsync(line => line.Category.StartsWith("YarpWs.Gateway.", StringComparison.Ordinal) && line.Event.Id == 1101, "a failed try");

        Assert.Contains("\"authentication\":\"scheme Bearer: no keys from", await ReadinessAsync(HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);

        // Before it knows who is revoked, the gateway would answer every token with 503.
        await Eventually.IsAsync(
            async _ => (await ReadinessAsync(HttpStatusCode.ServiceUnavailable)).Contains("\"revocations\":\"ready\"", StringComparison.Ordinal),
            "the revocations to be read",
            Deadline.Length);
        using var refused = await _cluster.PushAsync("blue", "x", "text/plain", Tokens.For("ann", "webpubsub.sendToGroup"));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        _issuer.AddKey("first");
        await ExpectTakenAsync(_issuer.Sign());
        Assert.Contains("\"authentication\":\"ready\"", await ReadinessAsync(HttpStatusCode.OK), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Issuer_WithANewKey_IsAskedForIt_AndTheOldOneStaysGood()
    {
        _issuer.AddKey("first");
        var old = _issuer.Sign();
        await ExpectTakenAsync(old);

        _issuer.AddKey("second");
        await ExpectTakenAsync(_issuer.Sign());
        await ExpectTakenAsync(old);
    }

    /// <summary>Asks until the gateway and a backend know the key: a token with an unknown one makes them fetch the keys again.</summary>
    private async Task ExpectTakenAsync(string token)
    {
        using var deadline = new CancellationTokenSource(Deadline.Length);
        while (true)
        {
            using var answer = await _cluster.PushAsync("blue", "x", "text/plain", token);
            if (answer.StatusCode == HttpStatusCode.Accepted)
            {
                return;
            }

            Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.ServiceUnavailable, answer.ToString());
            deadline.Token.ThrowIfCancellationRequested();
        }
    }

    private async Task<string> ReadinessAsync(HttpStatusCode expected)
    {
        using var deadline = new CancellationTokenSource(Deadline.Length);
        while (true)
        {
            using var answer = await _cluster.Http.GetAsync(new Uri(_cluster.Admin, "/readyz"), deadline.Token);
            if (answer.StatusCode == expected)
            {
                return await answer.Content.ReadAsStringAsync(deadline.Token);
            }
        }
    }
}
