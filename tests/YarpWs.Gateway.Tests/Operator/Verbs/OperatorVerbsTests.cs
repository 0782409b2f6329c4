using System.CommandLine;
using System.Net.WebSockets;
using System.Text.Json;
using YarpWs.Gateway.Operator.Verbs;
using YarpWs.Gateway.Tests.Routes;

namespace YarpWs.Gateway.Tests.Operator.Verbs;

/// <summary>The verbs by which an operator sees and moves live sockets, against a gateway with one open socket.</summary>
public sealed class OperatorVerbsTests : IAsyncLifetime
{
    private OperatedGateway _gateway = null!;
    private ClientWebSocket _socket = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await OperatedGateway.StartAsync((a, _) => OperatedGateway.Text(a, "open"));
        _socket = await _gateway.ConnectAsync("/open/blue");
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _gateway.DisposeAsync();
    }

    [Theory]
    [InlineData("sockets")]
    [InlineData("sockets list --route open --min-age 0 --closing false")]
    [InlineData("sockets show 1")]
    [InlineData("sockets totals")]
    [InlineData("destinations")]
    public async Task Verb_ShowsAReaderATable_AndAScriptJson(string words)
    {
        var (status, table, _) = await RunAsync(words);
        var (jsonStatus, json, _) = await RunAsync(words + " --json");

        Assert.Equal((0, 0), (status, jsonStatus));
        Assert.Contains(words == "destinations" ? _gateway.A.Address : "open", table, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(json).RootElement.ValueKind);
    }

    [Fact]
    public async Task Close_NeedsYes_AndThenCloses()
    {
        var (asked, words, _) = await RunAsync("sockets close --route open --code 4100 --reason moving");
        Assert.Equal((2, true), (asked, words.StartsWith("1 sockets fit; the last would be told 4100", StringComparison.Ordinal)));

        var closing = RunAsync("sockets close --route open --code 4100 --reason moving --rate 10 --order spread --yes");
        await _socket.ReceiveAsync(new byte[16].AsMemory(), Deadline.Token());

        Assert.Equal((4100, "moving"), ((int?)_socket.CloseStatus, _socket.CloseStatusDescription));
        Assert.Equal((0, "1 sockets were told 4100."), ((await closing).Status, (await closing).Output.Trim()));
    }

    [Fact]
    public async Task Drain_OfTheLastDestination_SaysWhatThatMeans()
    {
        var (status, _, error) = await RunAsync("drain a");

        Assert.Equal(0, status);
        Assert.StartsWith("Cluster backend has no other destination in use: what is new is answered 503", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drain_WaitsForTheLastSocket_AndUndrainPutsBack()
    {
        var draining = RunAsync("drain a --rate 10 --wait");
        await _socket.ReceiveAsync(new byte[16].AsMemory(), Deadline.Token());
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Deadline.Token());

        var (status, words, _) = await draining;
        Assert.Equal((0, true), (status, words.Contains("backend/a has no sockets any more.", StringComparison.Ordinal)));
        Assert.Contains("is drained: ", (await RunAsync("destinations")).Output, StringComparison.Ordinal);
        Assert.Equal(503, await _gateway.AskAsync("/open/x"));

        Assert.Equal(0, (await RunAsync("undrain a --cluster backend")).Status);
        Assert.Equal(200, await _gateway.AskAsync("/open/x"));
    }

    [Theory]
    [InlineData("drain nobody", "404: No such destination")]
    [InlineData("sockets show 99", "404: No live socket")]
    [InlineData("sockets close --code 1006", "400: code")]
    [InlineData("sockets list --limit 0", "400: limit")]
    public async Task Refusal_IsSaid_AndTheStatusIs1(string words, string complaint)
    {
        var (status, _, error) = await RunAsync(words);

        Assert.Equal((1, true), (status, error.StartsWith(complaint, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Port_WhereNobodyAnswers_IsSaidWithWhatToDo()
    {
        var (status, _, error) = await RunAsync("sockets", "http://127.0.0.1:1");

        Assert.Equal(1, status);
        Assert.StartsWith("No gateway answers at http://127.0.0.1:1/", error, StringComparison.Ordinal);
        Assert.Contains("--admin", error, StringComparison.Ordinal);
    }

    private async Task<(int Status, string Output, string Error)> RunAsync(string words, string? admin = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var root = new RootCommand { SocketsVerb.Create(), DestinationsVerb.Create(), DrainVerb.Create(), DrainVerb.CreateUndo() };
        var status = await root.Parse([.. words.Split(' '), "--admin", admin ?? _gateway.Admin.ToString()])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, Deadline.Token());
        return (status, output.ToString(), error.ToString());
    }
}
