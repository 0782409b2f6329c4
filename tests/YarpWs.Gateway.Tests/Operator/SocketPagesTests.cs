using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;

namespace YarpWs.Gateway.Tests.Operator;

public sealed class SocketPagesTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private readonly List<ClientWebSocket> _sockets = [];
    private Destination _a = null!;
    private Destination _b = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await Destination.StartAsync();
        _b = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(_a, _b);
        foreach (var user in new[] { "ann", "ben", "ann", "cat", "ann" })
        {
            _sockets.Add(await _gateway.ConnectAsync("/ws/start/blue?secret=1", options => options.SetRequestHeader("Authorization", "Bearer " + Tokens.For(user))));
        }

        _http.BaseAddress = _gateway.Admin;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _sockets.ForEach(socket => socket.Dispose());
        await _gateway.DisposeAsync();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task Sockets_AreListed_ByWhatIsKnownOfThem()
    {
        var list = await GetAsync("/sockets?user=ann&ip=127.0.0.1&route=ws&minAge=0&minBytes=0");

        Assert.Equal((5, 3), (list.GetProperty("total").GetInt32(), list.GetProperty("found").GetInt32()));
        var first = list.GetProperty("sockets")[0];
        Assert.Equal("ann", first.GetProperty("user").GetString());
        Assert.Equal("/ws/start/blue", first.GetProperty("path").GetString());
        Assert.True(first.GetProperty("tokenExpiresAt").GetDateTimeOffset() > TimeProvider.System.GetUtcNow());
        Assert.Equal(first.GetProperty("id").GetInt64(), (await GetAsync($"/sockets/{first.GetProperty("id").GetInt64()}")).GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task Pages_FollowEachOtherWithoutGapsOrRepeats()
    {
        var ids = new List<long>();
        for (long? after = 0; after is not null;)
        {
            var page = await GetAsync($"/sockets?limit=2&after={after}");
            ids.AddRange(page.GetProperty("sockets").EnumerateArray().Select(socket => socket.GetProperty("id").GetInt64()));
            after = page.GetProperty("next") is { ValueKind: JsonValueKind.Number } next ? next.GetInt64() : null;
        }

        Assert.Equal(5, ids.Count);
        Assert.Equal(ids.Distinct().Order(), ids);
    }

    [Fact]
    public async Task Close_IsADryRunUnlessToldOtherwise()
    {
        var answer = await CloseAsync("""{"filter": {"user": "ann"}}""");

        Assert.Equal((3, 0), (answer.GetProperty("found").GetInt32(), answer.GetProperty("closed").GetInt32()));
        Assert.Equal(5, (await GetAsync("/sockets")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Close_TellsThoseThatTheFilterFinds_AndNobodyElse()
    {
        var answer = await CloseAsync("""{"filter": {"user": "ann"}, "code": 4100, "reason": "moved", "perSecond": 1000, "dryRun": false}""");

        Assert.Equal(3, answer.GetProperty("closed").GetInt32());
        foreach (var index in new[] { 0, 2, 4 })
        {
            var closed = await _sockets[index].ReceiveAsync(new byte[64], Deadline.Token());
            Assert.Equal((4100, "moved"), ((int)closed.CloseStatus!.Value, closed.CloseStatusDescription));
        }

        Assert.Equal([WebSocketState.Open, WebSocketState.Open], [_sockets[1].State, _sockets[3].State]);
    }

    [Theory]
    [InlineData("/sockets?colour=blue")]
    [InlineData("/sockets?limit=0")]
    [InlineData("/sockets?after=x")]
    [InlineData("/sockets?minAge=old")]
    public async Task List_OfWhatCannotBeAsked_IsRefused(string query)
    {
        using var answer = await _http.GetAsync(query, Deadline.Token());

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("""{"filter": {"usr": "ann"}, "dryRun": false}""", "The body is not an order: 'usr' is not known. Expected one such as {")]
    [InlineData("""{"filter": null, "dryRun": false}""", "The body is not an order: the value at $.filter is null.")]
    [InlineData("""{"reason": null, "dryRun": false}""", "The body is not an order: the value at $.reason is null.")]
    [InlineData("""{"perSecond": "many", "dryRun": false}""", "The body is not an order: a value at $.perSecond is of another kind than can be taken.")]
    [InlineData("[]", "The body is not an order: a value is of another kind than can be taken.")]
    [InlineData("""{"code": 1005, "dryRun": false}""", "code: use 1000, ")]
    [InlineData("""{"perSecond": 0, "dryRun": false}""", "perSecond: use 1 to ")]
    [InlineData("not json", "The body is not an order: 'not json' is an invalid JSON literal.")]
    public async Task Close_ThatIsNoOrder_IsRefused_AndClosesNobody(string order, string expected)
    {
        using var answer = await _http.PostAsync("/sockets/close", new StringContent(order, null, "application/json"), Deadline.Token());

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith(expected, await answer.Content.ReadAsStringAsync(Deadline.Token()), StringComparison.Ordinal);
        Assert.Equal(5, (await GetAsync("/sockets")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Close_FromAPageOfAnotherSite_IsRefused()
    {
        using var form = await _http.PostAsync("/sockets/close", new StringContent("""{"dryRun": false}""", null, "text/plain"), Deadline.Token());
        using var rebound = new HttpRequestMessage(HttpMethod.Post, "/sockets/close") { Content = JsonContent.Create(new { dryRun = false }) };
        rebound.Headers.Host = "evil.example";
        using var foreign = await _http.SendAsync(rebound, Deadline.Token());

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.Forbidden), (form.StatusCode, foreign.StatusCode));
        Assert.Equal(5, (await GetAsync("/sockets")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task PublicListener_KnowsNothingOfIt()
    {
        using var answer = await _gateway.Http.GetAsync("/sockets", Deadline.Token());

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private async Task<JsonElement> GetAsync(string path) => await _http.GetFromJsonAsync<JsonElement>(path, Deadline.Token());

    private async Task<JsonElement> CloseAsync(string order)
    {
        using var answer = await _http.PostAsync("/sockets/close", new StringContent(order, null, "application/json"), Deadline.Token());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Deadline.Token());
    }
}
