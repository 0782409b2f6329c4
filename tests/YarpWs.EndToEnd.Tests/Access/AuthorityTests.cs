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

        // Where everybody may enter a room, missing keys do not make a room server unready.
        _cluster = await TestCluster.StartAsync(_redis, [.. _issuer.Settings, ("Plain:AllowAnonymous", "true")]);
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
        await _cluster.Logs.WaitForAsync(line => line.Event.Id == 3301, "a failed try");

        Assert.Contains("\"authentication\":\"scheme Bearer: no keys from", await ReadinessAsync(HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);

        // Before it knows who is revoked, the gateway would answer every token with 503.
        await Eventually.IsAsync(
            async _ => (await ReadinessAsync(HttpStatusCode.ServiceUnavailable)).Contains("\"revocations\":\"ready\"", StringComparison.Ordinal),
            "the revocations to be read",
            Deadline.Length);
        using var refused = await _cluster.PushAsync("blue", "x", "text/plain", Tokens.For("ann", "webpubsub.sendToGroup"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("the keys of its issuer are not there yet", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await ExpectWithoutKeysAsync(_cluster.Backends[0]);

        _issuer.AddKey("first");
        await ExpectTakenAsync(_issuer.Sign());
        Assert.Contains("\"authentication\":\"ready\"", await ReadinessAsync(HttpStatusCode.OK), StringComparison.Ordinal);
    }

    /// <summary>A room server that is asked itself, past the gateway, has the same answers.</summary>
    private async Task ExpectWithoutKeysAsync(Uri backend)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(backend, "/api/hubs/chat/groups/blue/:send?api-version=2024-01-01")) { Content = new StringContent("x") };
        request.Headers.Authorization = new("Bearer", Tokens.For("ann", "webpubsub.sendToGroup"));
        using var refused = await _cluster.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Contains("the keys of its issuer are not there yet", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        using var readiness = await _cluster.Http.GetAsync(new Uri(backend, "/readyz"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, readiness.StatusCode);
        Assert.Contains("\"authentication\":\"scheme Bearer: no keys from", await readiness.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
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
            await Eventually.AgainAsync(deadline.Token);
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

            await Eventually.AgainAsync(deadline.Token);
        }
    }
}
