using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;

namespace YarpWs.Gateway.Tests.Operator;

/// <summary>What the operator's page reads beside the pulse: the history, the last refusals, the limits, and sockets that are sorted or over.</summary>
public sealed class DashboardPagesTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private Destination _a = null!;
    private Destination _b = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await Destination.StartAsync();
        _b = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(_a, _b, ("Sockets:MaxSocketsPerUser", "2"), ("Sockets:MessagesPerSecond", "50 burst 100"));
        _http.BaseAddress = _gateway.Admin;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _gateway.DisposeAsync();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task History_HasASampleFromTheStart_AndSaysWhatBoundsThere()
    {
        var history = await UntilAsync("/history", answer => answer.GetProperty("samples").GetArrayLength() > 0);

        Assert.Equal(5, history.GetProperty("intervalSeconds").GetDouble());
        var sample = history.GetProperty("samples")[0];
        Assert.Equal((0, 0L), (sample.GetProperty("sockets").GetInt32(), sample.GetProperty("messagesIn").GetInt64()));
        Assert.True(sample.GetProperty("memory").GetInt64() > 0);
        Assert.All(["sockets", "processors", "memory", "delay"], bound => Assert.True(history.GetProperty("bounds").GetProperty(bound).GetDouble() > 0));
    }

    [Fact]
    public async Task Handshakes_ThatAreRefused_AreNoPlainRequests()
    {
        using var plain = await _gateway.Http.GetAsync("/nowhere", Deadline.Token());
        using var socket = new ClientWebSocket();
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri(_gateway.Public.AbsoluteUri.Replace("http://", "ws://", StringComparison.Ordinal) + "ws/start/blue"), Deadline.Token()));

        await UntilAsync("/refusals", answer => answer.GetProperty("refusals").GetArrayLength() == 2);

        var last = (await UntilAsync("/history", answer => answer.GetProperty("samples").EnumerateArray().Any(sample => sample.GetProperty("refused").GetInt64() == 1)))
            .GetProperty("samples").EnumerateArray().Last();
        Assert.Equal(1, last.GetProperty("requests").GetInt64());
    }

    [Fact]
    public async Task Refusals_AreTold_NewestFirst_WithoutQueriesAndTokens()
    {
        var token = Tokens.For("ann") + "x";
        using var unknown = await _gateway.Http.GetAsync($"/nowhere?access_token={token}", Deadline.Token());
        using var request = new HttpRequestMessage(HttpMethod.Get, "/ws/start/blue");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        using var foreign = await _gateway.Http.SendAsync(request, Deadline.Token());

        // A request is told of when it is over, which its client may be the first to know.
        var refusals = (await UntilAsync("/refusals", answer => answer.GetProperty("refusals").GetArrayLength() == 2)).GetProperty("refusals");

        Assert.Equal((401, "login: unknown key"), (refusals[0].GetProperty("status").GetInt32(), refusals[0].GetProperty("reason").GetString()));
        Assert.Equal((404, "route", "/nowhere"), (refusals[1].GetProperty("status").GetInt32(), refusals[1].GetProperty("reason").GetString(), refusals[1].GetProperty("path").GetString()));
        Assert.DoesNotContain(token[..20], refusals.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_AreTold_ByRoute_AndThoseAtWork()
    {
        using var one = await ConnectAsync("ann");
        using var two = await ConnectAsync("ann");
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync("ann"));

        var limits = await GetAsync("/limits");

        var route = limits.GetProperty("routes").EnumerateArray().Single(route => route.GetProperty("route").GetString() == "ws");
        Assert.Equal((2, "2", "50 burst 100"), (
            route.GetProperty("sockets").GetInt32(),
            route.GetProperty("limits").GetProperty("MaxSocketsPerUser").GetString(),
            route.GetProperty("limits").GetProperty("MessagesPerSecond").GetString()));
        var work = Assert.Single(limits.GetProperty("atWork").EnumerateArray());
        Assert.Equal(("MaxSocketsPerUser", "ws", "refused", 1), (
            work.GetProperty("limit").GetString(), work.GetProperty("route").GetString(), work.GetProperty("action").GetString(), work.GetProperty("times").GetInt32()));
    }

    [Fact]
    public async Task Sockets_AreSorted_AndWhatHasNoValueComesLast()
    {
        using var ben = await ConnectAsync("ben");
        using var nobody = await ConnectAsync(null, "/demo/socket");
        using var ann = await ConnectAsync("Ann");

        Assert.Equal(["Ann", "ben", null], await UsersAsync("/sockets?sort=user"));
        Assert.Equal(["ben", "Ann", null], await UsersAsync("/sockets?sort=-user"));
        Assert.Equal(["Ann", null, "ben"], await UsersAsync("/sockets?sort=-id"));
        Assert.Equal(["Ann", null, "ben"], await UsersAsync("/sockets?sort=age"));
        Assert.Equal(["Ann"], await UsersAsync("/sockets?sort=user&limit=1"));
        Assert.Equal(["ben"], await UsersAsync("/sockets?id=1"));
    }

    [Theory]
    [InlineData("/sockets?sort=colour")]
    [InlineData("/sockets?sort=user&after=1")]
    public async Task Sort_ByWhatIsNoValue_OrWithPages_IsRefused(string query)
    {
        using var answer = await _http.GetAsync(query, Deadline.Token());

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task SocketThatHasEnded_IsStillFound_WithItsClose()
    {
        using var socket = await ConnectAsync("ann");
        await socket.CloseAsync((WebSocketCloseStatus)4100, "enough", Deadline.Token());

        await UntilAsync("/sockets", answer => answer.GetProperty("total").GetInt32() == 0);
        var over = await GetAsync("/sockets/1");

        Assert.Equal(("ann", 4100, "client"), (
            over.GetProperty("user").GetString(), over.GetProperty("end").GetProperty("code").GetInt32(), over.GetProperty("end").GetProperty("by").GetString()));
        Assert.Equal(1, (await GetAsync("/sockets/ended")).GetProperty("sockets")[0].GetProperty("id").GetInt64());
    }

    [Theory]
    [InlineData("/history")]
    [InlineData("/refusals")]
    [InlineData("/limits")]
    [InlineData("/certificates")]
    public async Task WhatIsOnlyRead_TakesNothing(string path)
    {
        using var answer = await _http.PostAsJsonAsync(path, new { }, Deadline.Token());

        Assert.Equal((HttpStatusCode.MethodNotAllowed, "GET"), (answer.StatusCode, answer.Content.Headers.Allow.Single()));
    }

    /// <summary>Asks again until it is so; whatever the status.</summary>
    private async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> isSo)
    {
        var deadline = Deadline.Token();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            using var answer = await _http.GetAsync(path, deadline);
            if (await answer.Content.ReadFromJsonAsync<JsonElement>(deadline) is var now && isSo(now))
            {
                return now;
            }

            await again.WaitForNextTickAsync(deadline);
        }
    }

    private async Task<JsonElement> GetAsync(string path) => await _http.GetFromJsonAsync<JsonElement>(path, Deadline.Token());

    private async Task<IEnumerable<string?>> UsersAsync(string path) =>
        (await GetAsync(path)).GetProperty("sockets").EnumerateArray().Select(socket => socket.GetProperty("user").GetString());

    private Task<ClientWebSocket> ConnectAsync(string? user, string path = "/ws/start/blue") => _gateway.ConnectAsync(path, options =>
    {
        if (user is not null)
        {
            options.SetRequestHeader("Authorization", "Bearer " + Tokens.For(user));
        }
    });
}
