using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using YarpWs.Gateway.Operator.Verbs;

namespace YarpWs.Gateway.Tests.Access.Revocations;

/// <summary>Revoking logins on one gateway, which has no Redis.</summary>
public sealed class RevocationTests : IAsyncLifetime
{
    private Destination _a = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(_a, _a, ("Revocations:MaxRevocations", "3"));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _a.DisposeAsync();
    }

    [Theory]
    [InlineData("""{"user": "ann"}""")]
    [InlineData("""{"user": "ann", "issuer": "https://login.example"}""")]
    [InlineData("""{"sessionId": "ann's session"}""")]
    [InlineData("""{"tokenId": "ann's token"}""")]
    [InlineData("""{"everybody": true, "issuer": "https://login.example"}""")]
    public async Task RevokedLogin_ItsSocketsAreClosed_AndItsTokenIsRefused(string order)
    {
        var (ann, ben) = (Sign("ann"), Sign("ben", issuer: "https://another.example"));
        using var socket = await ConnectAsync(ann);
        using var another = await ConnectAsync(ben);

        var answer = await ExpectAsync(HttpStatusCode.OK, await PostAsync(order));

        Assert.Equal((1, "local"), ((int)answer["closed"]!, (string?)answer["reach"]));
        var closed = await socket.ReceiveAsync(new byte[64], Deadline.Token());
        Assert.Equal((4004, "the login was revoked, log in again"), ((int)closed.CloseStatus!.Value, closed.CloseStatusDescription));
        Assert.Equal(WebSocketState.Open, another.State);

        using var refused = await GetAsync(ann);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("Bearer error=\"invalid_token\", error_description=\"The login was revoked, log in again\"", refused.Headers.WwwAuthenticate.ToString());
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(ann));
        using var admitted = await GetAsync(ben);
        Assert.Equal(HttpStatusCode.OK, admitted.StatusCode);
    }

    [Fact]
    public async Task RevokedUser_WhoLogsInAgain_IsLetIn()
    {
        await ExpectAsync(HttpStatusCode.OK, await PostAsync("""{"user": "ann"}"""));

        // A login within Revocations:ClockSkew of the revocation does not count yet.
        var deadline = Deadline.Token();
        var status = HttpStatusCode.Unauthorized;
        while (status == HttpStatusCode.Unauthorized)
        {
            await Eventually.AgainAsync(deadline);
            using var again = await GetAsync(Sign("ann", issuedIn: TimeSpan.Zero));
            status = again.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task Revocation_OfTokensIssuedBefore_LeavesTheNewerAlone()
    {
        await ExpectAsync(HttpStatusCode.OK, await PostAsync($$"""{"everybody": true, "before": "{{TimeProvider.System.GetUtcNow().AddHours(-1):O}}"}"""));

        using var older = await GetAsync(Sign("ann", issuedIn: TimeSpan.FromHours(-2)));
        using var newer = await GetAsync(Sign("ann"));

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (older.StatusCode, newer.StatusCode));
    }

    [Fact]
    public async Task List_ShowsWhatIsInForce_TheNewestFirst()
    {
        await ExpectAsync(HttpStatusCode.OK, await PostAsync("""{"user": "ann", "before": "2026-01-31T12:00:00Z"}"""));
        await ExpectAsync(HttpStatusCode.OK, await PostAsync("""{"sessionId": "s", "issuer": "i", "before": "2026-02-28T12:00:00Z"}"""));

        var all = await ExpectAsync(HttpStatusCode.OK, await _gateway.Http.GetAsync(new Uri(_gateway.Admin, "/revocations"), Deadline.Token()));
        var first = await ExpectAsync(HttpStatusCode.OK, await _gateway.Http.GetAsync(new Uri(_gateway.Admin, "/revocations?limit=1"), Deadline.Token()));

        Assert.Equal([(null, "s", "i"), ("ann", null, null)], all["revocations"]!.AsArray().Select(one => ((string?)one!["user"], (string?)one["sessionId"], (string?)one["issuer"])));
        Assert.Equal((2, 1), ((int)first["total"]!, first["revocations"]!.AsArray().Count));
        Assert.Contains("yarpws_gateway_revocations", await _gateway.Http.GetStringAsync(new Uri(_gateway.Admin, "/metrics"), Deadline.Token()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "exactly one")]
    [InlineData("null", "null")]
    [InlineData("""{"user": "ann", "sessionId": "s"}""", "exactly one")]
    [InlineData("""{"user": "ann", "everybody": true}""", "exactly one")]
    [InlineData("""{"everybody": false}""", "everybody")]
    [InlineData("""{"user": ""}""", "1 to 1000")]
    [InlineData("""{"user": "ann", "user": "ben"}""", "user")]
    [InlineData("""{"usr": "ann"}""", "usr")]
    [InlineData("""{"user": "ann", "before": "2999-01-01T00:00:00Z"}""", "before")]
    [InlineData("""{"tokenId": "t", "before": "2026-01-01T00:00:00Z"}""", "before")]
    [InlineData("""{"user": "ann", "until": "2026-01-01T00:00:00Z"}""", "until")]
    [InlineData("""{"user": "ann", "until": "2999-01-01T00:00:00Z"}""", "until")]
    [InlineData("user=ann", "not an order")]
    public async Task Order_ThatIsNotClear_RevokesNothing(string order, string complaint)
    {
        using var response = await PostAsync(order);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(complaint, await response.Content.ReadAsStringAsync(Deadline.Token()), StringComparison.Ordinal);
        using var admitted = await GetAsync(Sign("ann"));
        Assert.Equal(HttpStatusCode.OK, admitted.StatusCode);
    }

    [Fact]
    public async Task Order_OfAnotherType_AndAnotherMethod_AreRefused()
    {
        using var form = await _gateway.Http.PostAsync(new Uri(_gateway.Admin, "/revocations"), new StringContent("""{"user": "ann"}""", Encoding.UTF8, "text/plain"), Deadline.Token());
        using var delete = await _gateway.Http.DeleteAsync(new Uri(_gateway.Admin, "/revocations"), Deadline.Token());
        using var outside = await _gateway.Http.PostAsync(new Uri("/revocations", UriKind.Relative), new StringContent("{}"), Deadline.Token());

        Assert.Equal(
            (HttpStatusCode.BadRequest, HttpStatusCode.MethodNotAllowed, HttpStatusCode.NotFound), (form.StatusCode, delete.StatusCode, outside.StatusCode));
    }

    [Fact]
    public async Task MoreRevocationsThanAllowed_AreRefused_ButNotOneOfTheSameLogin()
    {
        foreach (var user in new[] { "a", "b", "c" })
        {
            await ExpectAsync(HttpStatusCode.OK, await PostAsync($$"""{"user": "{{user}}"}"""));
        }

        using var another = await PostAsync("""{"user": "d"}""");
        using var same = await PostAsync("""{"user": "a"}""");

        Assert.Equal((HttpStatusCode.InsufficientStorage, HttpStatusCode.OK), (another.StatusCode, same.StatusCode));
    }

    [Fact]
    public async Task Verb_Revokes_AndSaysWhereItHolds()
    {
        var (status, output, error) = await RunAsync("--user", "ann", "--until", TimeProvider.System.GetUtcNow().AddDays(1).ToString("O"), "--admin", _gateway.Admin.ToString());

        Assert.True(status == 0, output + error);
        Assert.Contains("on this gateway alone; 0 sockets", output, StringComparison.Ordinal);
        using var refused = await GetAsync(Sign("ann"));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task Verb_WithoutALoginOrAGateway_SaysWhatIsWrong()
    {
        var (unclear, _, complaint) = await RunAsync("--admin", _gateway.Admin.ToString());
        await _gateway.DisposeAsync();
        var (unreachable, _, nobody) = await RunAsync("--user", "ann", "--admin", _gateway.Admin.ToString());

        Assert.Equal((1, 1), (unclear, unreachable));
        Assert.StartsWith("400: Give exactly one", complaint, StringComparison.Ordinal);
        Assert.StartsWith("No gateway answers at ", nobody, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var status = await new RootCommand { RevokeVerb.Create() }.Parse(["revoke", .. arguments]).InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, Deadline.Token());
        return (status, output.ToString(), error.ToString());
    }

    private static string Sign(string user, string issuer = "https://login.example", TimeSpan issuedIn = default) =>
        Tokens.For(user, issuer: issuer, session: $"{user}'s session", id: $"{user}'s token", issuedIn: issuedIn);

    private Task<HttpResponseMessage> PostAsync(string order) =>
        _gateway.Http.PostAsync(new Uri(_gateway.Admin, "/revocations"), new StringContent(order, Encoding.UTF8, "application/json"), Deadline.Token());

    private async Task<HttpResponseMessage> GetAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/x");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _gateway.Http.SendAsync(request, Deadline.Token());
    }

    private Task<ClientWebSocket> ConnectAsync(string token) =>
        _gateway.ConnectAsync("/ws/start/blue", options => options.SetRequestHeader("Authorization", "Bearer " + token));

    private static async Task<JsonNode> ExpectAsync(HttpStatusCode status, HttpResponseMessage response)
    {
        using (response)
        {
            var body = await response.Content.ReadAsStringAsync(Deadline.Token());
            Assert.True(response.StatusCode == status, body);
            return JsonNode.Parse(body)!;
        }
    }
}
