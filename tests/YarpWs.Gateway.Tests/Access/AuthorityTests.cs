using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace YarpWs.Gateway.Tests.Access;

/// <summary>Keys that issuers publish, and what a gateway does that was started while one of two issuers does not. The rows of the manual's table are tests here.</summary>
public sealed class AuthorityTests : IAsyncLifetime
{
    private readonly RsaSecurityKey _forger = Issuer.NewKey("forged");
    private Destination _destination = null!;
    private Issuer _issuer = null!;
    private Issuer _other = null!;
    private TestGateway? _gateway;

    public async ValueTask InitializeAsync()
    {
        _destination = await Destination.StartAsync();
        _issuer = await Issuer.StartAsync();
        _other = await Issuer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        await _destination.DisposeAsync();
        await _issuer.DisposeAsync();
        await _other.DisposeAsync();
    }

    public static TheoryData<IssuerState> Faults => [IssuerState.Dead, IssuerState.Hangs, IssuerState.Fails, IssuerState.Garbage, IssuerState.Empty];

    [Fact]
    public async Task Keys_AreWaitedFor_AndFollowedWhenTheyChange()
    {
        _issuer.State = IssuerState.Fails;
        await StartAsync(_issuer.Settings("Bearer"));
        await _gateway!.Log.ExpectAsync(3301);
        Assert.Contains("no keys from", (await ReadinessAsync(HttpStatusCode.ServiceUnavailable)).GetProperty("authentication").GetString(), StringComparison.Ordinal);

        _issuer.State = IssuerState.Good;
        await ReadinessAsync(HttpStatusCode.OK);
        await ExpectAsync(HttpStatusCode.OK, _issuer.Sign());

        // Nobody whose token is signed with the new key is told to log in again.
        var old = _issuer.Sign();
        _issuer.Publish(Issuer.NewKey("second"));
        await ExpectAsync(HttpStatusCode.OK, _issuer.Sign());

        // What the issuer has taken out of its set is good no more.
        await ExpectAsync(HttpStatusCode.Unauthorized, old);
        await ExpectAsync(HttpStatusCode.Unauthorized, _issuer.Sign(issuer: "https://another.example"));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task OneOfTwoIssuers_ThatGivesNoKeys_HoldsUpNobodyElse(IssuerState fault)
    {
        _other.State = fault;
        await StartAsync([.. _issuer.Settings("Bearer"), .. _other.Settings("Other")]);

        // The healthy one's tokens, by themselves and beside those of the other one. A machine that runs all tests may need longer for its keys than a request waits.
        await EventuallyAsync(HttpStatusCode.OK, _issuer.Sign());
        var healthy = Enumerable.Range(0, 6).Select(_ => ExpectAsync(HttpStatusCode.OK, _issuer.Sign()));

        // The other one's may be good: nobody is told to log in again.
        using var answer = await GetAsync("/api/x", _other.Sign());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(31));
        Assert.Empty(answer.Headers.WwwAuthenticate);
        Assert.StartsWith("The login cannot be checked now: the keys of its issuer are not there yet. Come back in ", await answer.Content.ReadAsStringAsync(Deadline.Token()), StringComparison.Ordinal);
        await Task.WhenAll(healthy);

        // What is no token of anybody stays 401.
        await ExpectAsync(HttpStatusCode.Unauthorized, "garbage");
        await ExpectAsync(HttpStatusCode.Unauthorized, _issuer.Sign(key: Issuer.NewKey("first")));

        // Nobody need log in here.
        using var open = await GetAsync("/demo/x", _other.Sign());
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);

        // The balancer keeps the gateway; its operator is told.
        await _gateway!.Log.ExpectAsync(3301);
        var parts = await ReadinessAsync(HttpStatusCode.OK);
        Assert.Equal("ready", parts.GetProperty("authentication").GetString());
        Assert.Equal("ready", parts.GetProperty("issuer Bearer").GetString());
        Assert.StartsWith($"no keys from {_other.Address}/.well-known/openid-configuration yet (", parts.GetProperty("issuer Other").GetString(), StringComparison.Ordinal);

        // Once it is well, without a restart.
        _other.State = IssuerState.Good;
        await EventuallyAsync(HttpStatusCode.OK, _other.Sign());
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Issuer_ThatFailsLater_TakesNobodysLogin(IssuerState fault)
    {
        await StartAsync([.. _issuer.Settings("Bearer"), ("Authentication:Schemes:Bearer:AutomaticRefreshInterval", "00:00:01")]);
        await EventuallyAsync(HttpStatusCode.OK, _issuer.Sign());

        _issuer.State = fault;
        await _gateway!.Log.ExpectAsync(3302);

        await ExpectAsync(HttpStatusCode.OK, _issuer.Sign());
        Assert.StartsWith("the keys fetched last go on; ", (await ReadinessAsync(HttpStatusCode.OK)).GetProperty("issuer Bearer").GetString(), StringComparison.Ordinal);

        _issuer.State = IssuerState.Good;
        await _gateway.Log.ExpectAsync(3303);
    }

    [Fact]
    public async Task Issuer_ThatIsTheOnlyOne_AndHangs_KeepsNobodyWaiting_WhoNeedNotLogIn()
    {
        _issuer.State = IssuerState.Hangs;
        await StartAsync(_issuer.Settings("Bearer"));

        using var open = await GetAsync("/demo/x", _issuer.Sign());
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        using var closed = await GetAsync("/api/x", _issuer.Sign());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, closed.StatusCode);
        Assert.Contains(", refused login: no keys of its issuer yet, ", await _gateway!.Log.ExpectAsync(1900) + await _gateway.Log.ExpectAsync(1900), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_CostAFailingIssuerNothing_WhoeverSendsThem()
    {
        _issuer.State = IssuerState.Fails;
        await StartAsync(_issuer.Settings("Bearer"));
        await _gateway!.Log.ExpectAsync(3301);
        var asked = _issuer.Requests;

        for (var i = 0; i < 200; i++)
        {
            using var answer = await GetAsync("/api/x", _issuer.Sign(key: i % 2 == 0 ? null : _forger));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }

        // A try every second at first, and then fewer: no run of this test has room for more.
        Assert.InRange(_issuer.Requests - asked, 0, 10);
    }

    [Fact]
    public async Task ForgedTokens_CostAGoodIssuerOneFetch()
    {
        await StartAsync(_issuer.Settings("Bearer"));
        await EventuallyAsync(HttpStatusCode.OK, _issuer.Sign());
        var asked = _issuer.Requests;

        for (var i = 0; i < 200; i++)
        {
            await ExpectAsync(HttpStatusCode.Unauthorized, _issuer.Sign(key: _forger));
        }

        // The metadata and the key set, once.
        Assert.Equal(2, _issuer.Requests - asked);
    }

    [Fact]
    public async Task SchemeWithKeysOfItsOwn_TakesThem_WhileItsIssuerIsAway()
    {
        _issuer.State = IssuerState.Fails;
        await StartAsync([.. _issuer.Settings("Bearer"), ("Authentication:Schemes:Bearer:SigningKeys:0:Value", Convert.ToBase64String(Tokens.Key)), ("Authentication:Schemes:Bearer:ValidIssuer", "own")]);

        await ExpectAsync(HttpStatusCode.OK, Tokens.For("ann", issuer: "own"));
        await ExpectAsync(HttpStatusCode.ServiceUnavailable, _issuer.Sign());
        await ReadinessAsync(HttpStatusCode.OK);
    }

    private async Task StartAsync((string Key, string? Value)[] settings) =>
        _gateway = await TestGateway.StartWithoutKeysAsync(_destination, settings);

    private async Task<JsonElement> ReadinessAsync(HttpStatusCode expected)
    {
        var deadline = Deadline.Token();
        while (true)
        {
            using var response = await _gateway!.Http.GetAsync(new Uri(_gateway.Admin, "/readyz"), deadline);
            if (response.StatusCode == expected)
            {
                using var report = JsonDocument.Parse(await response.Content.ReadAsStringAsync(deadline));
                return report.RootElement.GetProperty("parts").Clone();
            }

            await Eventually.AgainAsync(deadline);
        }
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _gateway!.Http.SendAsync(request, Deadline.Token());
    }

    private async Task ExpectAsync(HttpStatusCode expected, string token)
    {
        using var answer = await GetAsync("/api/x", token);
        Assert.True(expected == answer.StatusCode, $"{answer.StatusCode} {answer.Headers.WwwAuthenticate}");
    }

    private async Task EventuallyAsync(HttpStatusCode expected, string token)
    {
        var deadline = Deadline.Token();
        while (true)
        {
            using var answer = await GetAsync("/api/x", token);
            if (answer.StatusCode == expected)
            {
                return;
            }

            await Eventually.AgainAsync(deadline);
        }
    }
}
