using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using YarpWs.Gateway.Tests.Routes;

namespace YarpWs.Gateway.Tests.Operator;

public sealed class DestinationPagesTests : IAsyncLifetime
{
    private OperatedGateway _gateway = null!;

    private static string Text(Destination a, Destination b, string more = "") => $$"""
        {
          "ReverseProxy": {
            "Routes": { "open": { "ClusterId": "backend", "AuthorizationPolicy": "anonymous", "Match": { "Path": "/open/{**rest}" } } },
            "Clusters": {
              "backend": { "LoadBalancingPolicy": "FirstAlphabetical", "Destinations": { "a": { "Address": "{{a.Address}}" }, "b": { "Address": "{{b.Address}}" } } },
              "other": { "Destinations": { "b": { "Address": "{{b.Address}}" }, "c/1": { "Address": "{{b.Address}}" } } }
            }
          }{{more}}
        }
        """;

    public async ValueTask InitializeAsync() => _gateway = await OperatedGateway.StartAsync((a, b) => Text(a, b));

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task Destination_ThatIsDrained_LosesItsSockets_AndNothingNewGoesThere()
    {
        using var socket = await _gateway.ConnectAsync("/open/x");
        Assert.Equal((1, 0), await CountsAsync("a"));

        using var answer = await DrainAsync("a", """{"perSecond": 50, "order": "spread", "code": 4100, "reason": "moving"}""");
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        await socket.ReceiveAsync(new byte[16].AsMemory(), Deadline.Token());
        Assert.Equal((4100, "moving"), ((int?)socket.CloseStatus, socket.CloseStatusDescription));
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Deadline.Token());

        using var next = await _gateway.ConnectAsync("/open/x");
        Assert.Equal(200, await _gateway.AskAsync("/open/y"));
        Assert.Equal(["/open/x"], _gateway.A.Arrivals.Select(arrival => arrival.Target));
        var drain = (await FindAsync("a")).GetProperty("draining");
        Assert.Equal((1, 50), (drain.GetProperty("total").GetInt32(), drain.GetProperty("perSecond").GetInt32()));
    }

    [Fact]
    public async Task Destination_StaysOutOverAReload_UntilItIsPutBack()
    {
        (await DrainAsync("a", "{}")).Dispose();
        _gateway.Save(Text(_gateway.A, _gateway.B).Replace("\"/open/{**rest}\"", "\"/open/again/{**rest}\"", StringComparison.Ordinal));
        await _gateway.Log.ExpectAsync(OperatedGateway.Applied);

        Assert.Equal(200, await _gateway.AskAsync("/open/again/x"));
        Assert.Empty(_gateway.A.Arrivals);

        using var back = await _gateway.Http.DeleteAsync(new Uri(_gateway.Admin, "/destinations/a/drain"), Deadline.Token());
        Assert.Equal(HttpStatusCode.OK, back.StatusCode);
        Assert.Equal(200, await _gateway.AskAsync("/open/again/x"));
        Assert.Single(_gateway.A.Arrivals);
    }

    [Fact]
    public async Task LastDestination_ThatIsDrained_LeavesA503_WithRetryAfter_AndTheGatewayIsNotReady()
    {
        (await DrainAsync("a", "{}")).Dispose();
        (await DrainAsync("b", "{}", "?cluster=backend")).Dispose();

        using var answer = await _gateway.Http.GetAsync(new Uri("/open/x", UriKind.Relative), Deadline.Token());
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (answer.StatusCode, answer.Headers.RetryAfter?.ToString()));
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => _gateway.ConnectAsync("/open/x"));
        Assert.Contains("503", refused.Message, StringComparison.Ordinal);
        using var ready = await _gateway.Http.GetAsync(new Uri(_gateway.Admin, "/readyz"), Deadline.Token());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
    }

    [Theory]
    [InlineData("b", "", "{}", 409)]
    [InlineData("nobody", "", "{}", 404)]
    [InlineData("a", "?cluster=other", "{}", 404)]
    [InlineData("a", "?clutser=backend", "{}", 400)]
    [InlineData("a", "", """{"persecond": 0}""", 400)]
    [InlineData("a", "", """{"perSecond": 0}""", 400)]
    [InlineData("a", "", """{"code": 1006}""", 400)]
    [InlineData("a", "", """{"order": "newest"}""", 400)]
    [InlineData("c/1", "", "{}", 202)]
    [InlineData("c%2F1", "", "{}", 202)]
    public async Task Drain_IsRefused_WhenItIsNotClearWhatIsMeant(string id, string query, string body, int status)
    {
        using var answer = await DrainAsync(id, body, query);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Drain_ByAFormOfAnotherSite_IsRefused()
    {
        using var form = await _gateway.Http.PostAsync(new Uri(_gateway.Admin, "/destinations/a/drain"), new StringContent("{}", null, "text/plain"), Deadline.Token());

        Assert.Equal(HttpStatusCode.BadRequest, form.StatusCode);
        Assert.Equal(JsonValueKind.Null, (await FindAsync("a")).GetProperty("draining").ValueKind);
    }

    private Task<HttpResponseMessage> DrainAsync(string id, string body, string query = "") => _gateway.Http.PostAsync(
        new Uri(_gateway.Admin, $"/destinations/{id}/drain{query}"), new StringContent(body, null, "application/json"), Deadline.Token());

    private async Task<(int Sockets, int Requests)> CountsAsync(string id)
    {
        var destination = await FindAsync(id);
        return (destination.GetProperty("sockets").GetInt32(), destination.GetProperty("requests").GetInt32());
    }

    private async Task<JsonElement> FindAsync(string id)
    {
        var list = await _gateway.Http.GetFromJsonAsync<JsonElement>(new Uri(_gateway.Admin, "/destinations"), Deadline.Token());
        return list.GetProperty("destinations").EnumerateArray().First(destination => destination.GetProperty("id").GetString() == id);
    }
}
