using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using YarpWs.Gateway.Routes;
using static YarpWs.Gateway.Tests.Routes.OperatedGateway;

namespace YarpWs.Gateway.Tests.Routes;

public sealed class RouteTrialTests
{
    private const int TakenBack = 1205;
    private const int WereTakenBack = 1214;

    private static readonly (string Key, string? Value)[] Soon = [("Routes:TrialRequests", "5"), ("Routes:TrialFailures", "0.5"), ("Sockets:OnRemoved", "Keep")];

    /// <summary>Routes to a port where nothing listens: the check cannot know.</summary>
    private static string Broken(Destination destination) => Text(destination, "one", "two").Replace(destination.Address, "http://127.0.0.1:1", StringComparison.Ordinal);

    [Fact]
    public async Task ChangeThatFailsRequests_IsTakenBack_AndSaysWhyOnce_AndIsNotAppliedAgain()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), Soon);
        using var socket = await gateway.ConnectAsync("/one/blue");
        gateway.Save(Broken(gateway.A));
        await gateway.Log.ExpectAsync(Applied);

        for (var request = 0; request < 5; request++)
        {
            Assert.Equal(502, await gateway.AskAsync("/one/x"));
        }

        var line = await gateway.Log.ExpectAsync(TakenBack);
        Assert.Contains("because 5 of 5 requests on one, two failed within ", line, StringComparison.Ordinal);
        Assert.Equal(200, await gateway.AskAsync("/one/x"));
        await socket.ExpectEchoAsync(1);

        // The same bytes again, by way of something else: still not applied.
        File.Delete(gateway.File);
        await gateway.Log.ExpectAsync(Refused);
        gateway.Save(Broken(gateway.A));
        await gateway.Log.ExpectAsync(WereTakenBack);
        Assert.Equal(200, await gateway.AskAsync("/one/x"));
        gateway.Save(Broken(gateway.A) + " ");
        await gateway.Log.ExpectAsync(Applied);

        Assert.Single(gateway.Log.Lines, one => one.Contains("are taken back", StringComparison.Ordinal));
        var history = await gateway.Http.GetFromJsonAsync<JsonElement>(new Uri(gateway.Admin, "/routes/history"), Deadline.Token());
        Assert.Equal(["4 file", "3 failures", "2 file", "1 start"], history.EnumerateArray().Select(one => $"{one.GetProperty("revision")} {one.GetProperty("by")}"));
        Assert.Contains("was taken back: 5 of 5 requests on one, two failed", history[1].GetProperty("why").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatWasTakenBack_IsApplied_OnceSomethingElseWas()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), Soon);
        gateway.Save(Broken(gateway.A));
        await gateway.Log.ExpectAsync(Applied);
        for (var request = 0; request < 5; request++)
        {
            Assert.Equal(502, await gateway.AskAsync("/one/x"));
        }

        await gateway.Log.ExpectAsync(TakenBack);
        gateway.Save(Text(gateway.A, "other"));
        await gateway.Log.ExpectAsync(Applied);

        gateway.Save(Broken(gateway.A));
        await gateway.Log.ExpectAsync(Applied);
        Assert.Equal(502, await gateway.AskAsync("/one/x"));
    }

    [Fact]
    public async Task ChangeThatFailsHandshakes_IsTakenBack()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), Soon);
        gateway.Save(Broken(gateway.A));
        await gateway.Log.ExpectAsync(Applied);

        for (var attempt = 0; attempt < 5; attempt++)
        {
            await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => gateway.ConnectAsync("/one/blue"));
        }

        await gateway.Log.ExpectAsync(TakenBack);
        using var socket = await gateway.ConnectAsync("/one/blue");
        await socket.ExpectEchoAsync(1);
    }

    [Fact]
    public async Task ChangeThatTouchesNoRoute_IsProvenAtOnce()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one", "two"), Soon);
        gateway.Save(Text(gateway.A, "one"));
        await gateway.Log.ExpectAsync(Applied);
        gateway.Save(Text(gateway.A, "one").Replace(gateway.A.Address, "http://127.0.0.1:1", StringComparison.Ordinal));
        await gateway.Log.ExpectAsync(Applied);

        for (var request = 0; request < 5; request++)
        {
            Assert.Equal(502, await gateway.AskAsync("/one/x"));
        }

        await gateway.Log.ExpectAsync(TakenBack);
        Assert.Equal((200, 404), (await gateway.AskAsync("/one/x"), await gateway.AskAsync("/two/x")));
    }

    [Fact]
    public async Task ChangeDuringAnOutageThatWasThereBefore_Stays()
    {
        await using var gateway = await StartAsync((a, _) => Broken(a), Soon);
        for (var request = 0; request < 10; request++)
        {
            Assert.Equal(502, await gateway.AskAsync("/one/x"));
        }

        gateway.Save(Broken(gateway.A).Replace("/one/{**rest}", "/one/{**all}", StringComparison.Ordinal));
        await gateway.Log.ExpectAsync(Applied);
        for (var request = 0; request < 10; request++)
        {
            Assert.Equal(502, await gateway.AskAsync("/one/x"));
        }

        // The next change comes after as many looks at the trial as it takes; a change taken back would have been said before it.
        gateway.Save(Text(gateway.A, "one"));
        await gateway.Log.ExpectAsync(Applied);
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("are taken back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SocketsThatOpen_AreNoFailures()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), Soon);
        gateway.Save(Text(gateway.B, "one"));
        await gateway.Log.ExpectAsync(Applied);
        for (var count = 0; count < 8; count++)
        {
            using var socket = await gateway.ConnectAsync("/one/blue");
            await socket.ExpectEchoAsync(1);
        }

        var counts = gateway.Services.GetRequiredService<RouteTally>().Of(["one"]);
        Assert.Equal((8, 0), (counts.Requests, counts.Failures));
        gateway.Save(Text(gateway.B, "one", "two"));
        await gateway.Log.ExpectAsync(Applied);
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("are taken back", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(429)]
    public async Task HandshakesThatTheDestinationRefuses_AreNoFailures(int status)
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), Soon);
        gateway.B.RefuseWith = status;
        gateway.Save(Text(gateway.B, "one"));
        await gateway.Log.ExpectAsync(Applied);
        await RefuseAsync(gateway, 17);

        await ExpectNothingTakenBackAsync(gateway);
    }

    [Fact]
    public async Task HandshakesRefusedBeforeAChange_DoNotDisarmItsTrial()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), Soon);
        gateway.A.RefuseWith = 401;
        await RefuseAsync(gateway, 50);
        gateway.Save(Broken(gateway.A));
        await gateway.Log.ExpectAsync(Applied);
        await RefuseAsync(gateway, 5);

        Assert.Contains("because 5 of 5 requests on one, two failed within ", await gateway.Log.ExpectAsync(TakenBack), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FailuresOfOneClientAlone_ThatItMayCauseByItself_TakeNothingBack()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), Soon);
        gateway.B.RefuseWith = 500;
        gateway.Save(Text(gateway.B, "one"));
        await gateway.Log.ExpectAsync(Applied);
        await RefuseAsync(gateway, 17);

        await ExpectNothingTakenBackAsync(gateway);
    }

    [Fact]
    public async Task FailuresOfSeveralClients_TakeAChangeBack()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), [.. Soon, ("Forwarding:TrustedProxies:0", "127.0.0.1")]);
        gateway.B.RefuseWith = 500;
        gateway.Save(Text(gateway.B, "one"));
        await gateway.Log.ExpectAsync(Applied);
        for (var client = 1; client <= 5; client++)
        {
            await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => gateway.ConnectAsync("/one/blue", options => options.SetRequestHeader("X-Forwarded-For", $"192.0.2.{client}")));
        }

        Assert.Contains("because 5 of 5 requests on one failed within ", await gateway.Log.ExpectAsync(TakenBack), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RollbackByTheOperator_IsNotOnTrial()
    {
        await using var gateway = await StartAsync((a, _) => Broken(a), Soon);
        gateway.Save(Text(gateway.A, "one"));
        await gateway.Log.ExpectAsync(Applied);
        using var answer = await gateway.Http.PostAsJsonAsync(new Uri(gateway.Admin, "/routes/rollback"), new { revision = "1" }, Deadline.Token());
        Assert.True(answer.IsSuccessStatusCode, answer.ToString());
        await gateway.Log.ExpectAsync(Applied);
        for (var request = 0; request < 10; request++)
        {
            Assert.Equal(502, await gateway.AskAsync("/one/x"));
        }

        await ExpectNothingTakenBackAsync(gateway);
    }

    /// <summary>The next change comes after as many looks at the trial as it takes; a change taken back would have been said before it.</summary>
    private static async Task ExpectNothingTakenBackAsync(OperatedGateway gateway)
    {
        gateway.Save(Text(gateway.A, "another"));
        await gateway.Log.ExpectAsync(Applied);
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("are taken back", StringComparison.Ordinal));
    }

    private static async Task RefuseAsync(OperatedGateway gateway, int times)
    {
        for (var attempt = 0; attempt < times; attempt++)
        {
            await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => gateway.ConnectAsync("/one/blue"));
        }
    }

    [Fact]
    public async Task HandshakesBeyondALimitThatIsNew_AreNoFailures()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), Soon);
        gateway.Save(Text(gateway.A, "one").Replace("\"Match\"", "\"Metadata\": { \"Sockets.HandshakesPerSecond\": \"0.01\" }, \"Match\"", StringComparison.Ordinal));
        await gateway.Log.ExpectAsync(Applied);
        using var first = await gateway.ConnectAsync("/one/blue");
        for (var attempt = 0; attempt < 10; attempt++)
        {
            await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => gateway.ConnectAsync("/one/blue"));
        }

        // The next change comes after as many looks at the trial as it takes; a change taken back would have been said before it.
        gateway.Save(Text(gateway.A, "one"));
        await gateway.Log.ExpectAsync(Applied);
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains("are taken back", StringComparison.Ordinal));
    }
}
