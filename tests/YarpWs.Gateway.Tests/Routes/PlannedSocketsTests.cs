using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using static YarpWs.Gateway.Tests.Routes.OperatedGateway;

namespace YarpWs.Gateway.Tests.Routes;

[Trait("Category", "Long")]
public sealed class PlannedSocketsTests
{
    private const int Leaving = 500;
    private const int Staying = 1_500;

    /// <summary>Under 2,000 live sockets the plan counts those on the route that goes, and applying it closes these and no others.</summary>
    [Fact(Explicit = true)]
    public async Task Change_TouchesTheSocketsThatItsPlanNames_AndNoOthers()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "leaving", "staying"), ("Sockets:OnRemoved", "Close"), ("Routes:PollInterval", "00:10:00"));
        var leaving = await ConnectAsync(gateway, "/leaving/room", Leaving);
        var staying = await ConnectAsync(gateway, "/staying/room", Staying);
        using var next = new StringContent(Text(gateway.A, "staying"), System.Text.Encoding.UTF8, "application/json");

        using var planned = await gateway.Http.PostAsync(new Uri(gateway.Admin, "/routes/plan"), next, Deadline.Token());
        var plan = await planned.Content.ReadFromJsonAsync<JsonElement>(Deadline.Token());
        Assert.Equal(["route leaving removed 500"], plan.GetProperty("changes").EnumerateArray().Select(change =>
            $"{change.GetProperty("what")} {change.GetProperty("id")} {change.GetProperty("kind")} {change.GetProperty("sockets")}"));

        using var body = new StringContent(Text(gateway.A, "staying"), System.Text.Encoding.UTF8, "application/json");
        using var applied = await gateway.Http.PostAsync(new Uri(gateway.Admin, "/routes"), body, Deadline.Token());
        applied.EnsureSuccessStatusCode();
        foreach (var socket in leaving)
        {
            Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(new byte[16], Deadline.Token())).MessageType);
            socket.Dispose();
        }

        foreach (var socket in staying)
        {
            await socket.ExpectEchoAsync(7);
            socket.Dispose();
        }
    }

    private static async Task<List<ClientWebSocket>> ConnectAsync(OperatedGateway gateway, string path, int count)
    {
        var sockets = new List<ClientWebSocket>();
        foreach (var batch in Enumerable.Range(0, count).Chunk(50))
        {
            sockets.AddRange(await Task.WhenAll(batch.Select(_ => gateway.ConnectAsync(path))));
        }

        return sockets;
    }
}
