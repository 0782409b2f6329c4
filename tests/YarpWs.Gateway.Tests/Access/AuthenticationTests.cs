using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace YarpWs.Gateway.Tests.Access;

public sealed class AuthenticationTests : IAsyncLifetime
{
    /// <summary>Traces are recorded where they are sent somewhere; nobody listens there.</summary>
    private const string NoCollector = "http://127.0.0.1:9";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly string _pem = Path.GetTempFileName();
    private Destination _a = null!;
    private Destination _b = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_pem, _rsa.ExportSubjectPublicKeyInfoPem());
        _a = await Destination.StartAsync();
        _b = await Destination.StartAsync();
        _gateway = await StartAsync();
    }

    private Task<TestGateway> StartAsync(params (string Key, string? Value)[] settings) => TestGateway.StartAsync(
        _a,
        _b,
        [
            ("Authentication:Schemes:Bearer:SigningKeys:1:Value", Convert.ToBase64String(Encoding.ASCII.GetBytes("the next key, while both are good"))),
            ("Authentication:Schemes:Bearer:SigningKeyFiles:0", _pem),
            ("Authorization:Policies:senders:Roles:0", "sender"),
            ("ReverseProxy:Routes:send:ClusterId", "backend"),
            ("ReverseProxy:Routes:send:AuthorizationPolicy", "senders"),
            ("ReverseProxy:Routes:send:Match:Path", "/send"),
            ("ReverseProxy:Routes:bare:ClusterId", "backend"),
            ("ReverseProxy:Routes:bare:Match:Path", "/bare"),
            ("ReverseProxy:Routes:open:ClusterId", "backend"),
            ("ReverseProxy:Routes:open:AuthorizationPolicy", "anonymous"),
            ("ReverseProxy:Routes:open:Match:Path", "/open"),
            .. settings,
        ]);

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        File.Delete(_pem);
        _rsa.Dispose();
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await _gateway.Http.SendAsync(request, Deadline.Token());
    }

    [Fact]
    public async Task Token_OfEveryConfiguredKey_IsLetIn()
    {
        var rsa = new SigningCredentials(new RsaSecurityKey(_rsa), "RS256");

        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/api/x", Tokens.For("ann"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/api/x", Tokens.For("ann", signedBy: Tokens.Shared(Encoding.ASCII.GetBytes("the next key, while both are good"))))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/api/x", Tokens.For("ann", signedBy: rsa))).StatusCode);
    }

    [Theory]
    [InlineData("one", "one", HttpStatusCode.OK)]
    [InlineData("two", "two", HttpStatusCode.OK)]
    [InlineData("one", "two", HttpStatusCode.Unauthorized)]
    [InlineData("two", "one", HttpStatusCode.Unauthorized)]
    [InlineData("three", "three", HttpStatusCode.Unauthorized)]
    public async Task Key_ThatNamesItsIssuer_SignsForNobodyElse(string key, string issuer, HttpStatusCode status)
    {
        static byte[] KeyOf(string name) => Encoding.ASCII.GetBytes($"the key of issuer {name}, 32 bytes or more");
        await using var gateway = await TestGateway.StartAsync(
            _a,
            _b,
            ("Authentication:Schemes:Bearer:SigningKeys:0:Value", Convert.ToBase64String(KeyOf("one"))),
            ("Authentication:Schemes:Bearer:SigningKeys:0:Issuer", "one"),
            ("Authentication:Schemes:Bearer:SigningKeys:1:Value", Convert.ToBase64String(KeyOf("two"))),
            ("Authentication:Schemes:Bearer:SigningKeys:1:Issuer", "two"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/x");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.For("ann", issuer: issuer, signedBy: Tokens.Shared(KeyOf(key))));

        using var response = await gateway.Http.SendAsync(request, Deadline.Token());

        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("good", "ann")]
    [InlineData("bad", "-")]
    [InlineData(null, "-")]
    public async Task RouteThatAsksForNoLogin_LetsEverybodyIn_AndSaysAllTheSameWhoTheyAre(string? token, string user)
    {
        using var answer = await GetAsync("/open", token is null ? null : Tokens.For("ann", expiresIn: TimeSpan.FromMinutes(token == "good" ? 5 : -5)));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains($", user {user},", await _gateway.Log.ExpectAsync(1900), StringComparison.Ordinal);
    }

    public static TheoryData<string> Faults => ["absent", "garbage", "wrong key", "expired", "not yet valid", "wrong audience", "revoked", "alg none", "HS256 with the RSA public key", "critical header", "issued in the future"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Token_ThatIsNotGood_Is401(string fault)
    {
        var token = fault switch
        {
            "absent" => null,
            "garbage" => "garbage",
            "wrong key" => Tokens.For("ann", signedBy: Tokens.Shared(Encoding.ASCII.GetBytes("another key that nobody configured"))),
            "expired" => Tokens.For("ann", expiresIn: TimeSpan.FromMinutes(-5)),
            "not yet valid" => Tokens.For("ann", goodIn: TimeSpan.FromMinutes(5.5)),
            "wrong audience" => Tokens.For("ann", audience: "another application"),
            "revoked" => Tokens.For("ann", id: "taken back"),
            "alg none" => Tokens.Unsigned("ann"),
            "critical header" => Tokens.For("ann", critical: "exp"),
            "issued in the future" => Tokens.For("ann", issuedIn: TimeSpan.FromMinutes(1)),
            _ => Tokens.For("ann", signedBy: Tokens.Shared(Encoding.ASCII.GetBytes(_rsa.ExportSubjectPublicKeyInfoPem()))),
        };

        using var revocation = await _gateway.Http.PostAsync(
            new Uri(_gateway.Admin, "/revocations"), new StringContent("""{"tokenId": "taken back"}""", Encoding.UTF8, "application/json"), Deadline.Token());
        Assert.Equal(HttpStatusCode.OK, revocation.StatusCode);

        // Twice: what was found good is remembered, and this must not be.
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync("/api/x", token)).StatusCode);
        var response = await GetAsync("/api/x", token);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(token is null ? "Bearer" : $"Bearer error=\"invalid_token\", error_description=\"{DescriptionOf(fault)}\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal(token is null ? "Log in first: this address asks for a token.\n" : $"{DescriptionOf(fault)}{(fault == "revoked" ? "." : "; log in again.")}\n", await response.Content.ReadAsStringAsync(Deadline.Token()));
        Assert.Contains($", refused login: {ReasonOf(fault)}", await _gateway.Log.ExpectAsync(1900), StringComparison.Ordinal);
        Assert.DoesNotContain(_gateway.Log.Lines, line => token is { Length: > 20 } && line.Contains(token, StringComparison.Ordinal));
        Assert.Empty(_a.Arrivals.Concat(_b.Arrivals));
    }

    [Fact]
    public async Task Token_OfAnotherIssuer_Is401_AndNamesItInTheLog()
    {
        await using var gateway = await TestGateway.StartAsync(_a, _b, ("Authentication:Schemes:Bearer:ValidIssuer", "one"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/x");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.For("ann", issuer: "two"));

        using var response = await gateway.Http.SendAsync(request, Deadline.Token());

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer error=\"invalid_token\", error_description=\"The token is of another issuer (iss)\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Contains(", refused login: another issuer, 'two'", await gateway.Log.ExpectAsync(1900), StringComparison.Ordinal);
    }

    private static string DescriptionOf(string fault) => fault switch
    {
        "garbage" => "The token is no JWT",
        "expired" => "The token expired 5 min ago",
        "not yet valid" => "The token is good in 5 min at the earliest (nbf)",
        "revoked" => "The login was revoked, log in again",
        "wrong audience" => "The token is made out to another audience (aud)",
        "alg none" => "The token's signature is wrong",
        "critical header" => "The token has critical headers (crit) that are not understood here",
        "issued in the future" => "The token was issued in the future (iat)",
        _ => "The token is signed with a key that is not accepted here",
    };

    private static string ReasonOf(string fault) => fault switch
    {
        "absent" => "no token",
        "garbage" => "no JWT",
        "expired" => "expired 5 min ago",
        "not yet valid" => "not good for another 5 min",
        "revoked" => "revoked",
        "wrong audience" => "another audience, '",
        "alg none" => "wrong signature",
        "critical header" => "critical headers",
        "issued in the future" => "issued in the future",
        _ => "unknown key",
    };

    [Fact]
    public async Task Refusal_IsAPage_ForThoseWhoAskForOne()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/x");
        request.Headers.Accept.ParseAdd("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");

        using var response = await _gateway.Http.SendAsync(request, Deadline.Token());

        var page = await response.Content.ReadAsStringAsync(Deadline.Token());
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("<h1>401 Unauthorized</h1>", page, StringComparison.Ordinal);
        Assert.Contains("<p>Log in first: this address asks for a token.</p>", page, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("Accept", response.Headers.Vary);
    }

    [Fact]
    public async Task Role_ThatIsMissing_Is403()
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync("/send", Tokens.For("ann"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/send", Tokens.For("ann", role: "sender"))).StatusCode);
    }

    [Fact]
    public async Task Route_WithoutAPolicy_IsClosed()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync("/bare", token: null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/bare", Tokens.For("ann"))).StatusCode);
    }

    [Fact]
    public async Task Path_WithoutARoute_Is404() => Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/nowhere", token: null)).StatusCode);

    [Fact]
    public async Task Token_ReachesTheDestinationInItsHeaderAlone_AndNoLogMetricOrTrace()
    {
        var token = Tokens.For("ann");
        var traced = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => traced.Enqueue(string.Join('\n', activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Prepend(activity.DisplayName))),
        };
        ActivitySource.AddActivityListener(listener);

        await using var gateway = await StartAsync(("Telemetry:OtlpEndpoint", NoCollector));
        await gateway.Http.GetAsync(new Uri($"/api/x?a=%2f&access_token={token}", UriKind.Relative), Deadline.Token());
        await gateway.Http.GetAsync(new Uri($"/nowhere?access_token={token}", UriKind.Relative), Deadline.Token());
        await gateway.SendRawAsync($"GET /api/\0?access_token={token} HTTP/1.1", "Host: x");

        var arrival = Assert.Single(_a.Arrivals.Concat(_b.Arrivals));
        Assert.Equal("/api/x?a=%2f", arrival.Target);
        Assert.Equal(["Authorization"], arrival.Headers.Where(header => header.Value.Contains(token, StringComparison.Ordinal)).Select(header => header.Key));
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains(token, StringComparison.Ordinal));
        Assert.DoesNotContain(token, await gateway.Http.GetStringAsync(new Uri(gateway.Admin, "/metrics"), Deadline.Token()), StringComparison.Ordinal);
        Assert.Contains(traced, tags => tags.Contains("url.path=/api/x", StringComparison.Ordinal));
        Assert.DoesNotContain(traced, tags => tags.Contains(token, StringComparison.Ordinal));
        Assert.DoesNotContain(traced, tags => tags.Contains("a=%2f", StringComparison.Ordinal) || tags.Contains("url.query", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trace_OfTheClient_GoesOnToTheDestination()
    {
        await using var gateway = await StartAsync(("Telemetry:OtlpEndpoint", NoCollector));

        await gateway.SendRawAsync("GET / HTTP/1.1", "Host: x", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        Assert.Contains("0af7651916cd43dd8448eb211c80319c", Assert.Single(_a.Arrivals.Concat(_b.Arrivals)).Headers["traceparent"], StringComparison.Ordinal);
    }
}
