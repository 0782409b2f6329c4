namespace YarpWs.Gateway.Tests.Telemetry;

public sealed class TraceContextTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    [Fact]
    public async Task Trace_OfTheClient_GoesOn_WithItsStateAndBaggage_AndStandsInTheAccessLog()
    {
        await using var a = await Destination.StartAsync();
        await using var b = await Destination.StartAsync();
        await using var gateway = await TestGateway.StartAsync(a, b);

        await gateway.SendRawAsync("GET / HTTP/1.1", "Host: x", $"traceparent: 00-{Trace}-b7ad6b7169203331-01", "tracestate: vendor=1", "baggage: tenant=blue");

        var headers = Assert.Single(a.Arrivals.Concat(b.Arrivals)).Headers;
        Assert.Matches($"^00-{Trace}-[0-9a-f]{{16}}-01$", headers["traceparent"]);
        Assert.DoesNotContain("b7ad6b7169203331", headers["traceparent"], StringComparison.Ordinal);
        Assert.Equal("vendor=1", headers["tracestate"]);
        Assert.Contains("tenant", headers["baggage"], StringComparison.Ordinal);
        Assert.Contains($"trace {Trace}.", await gateway.Log.ExpectAsync(1900), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trace_ThatTheClientDoesNotRecord_StaysUnrecorded()
    {
        await using var a = await Destination.StartAsync();
        await using var b = await Destination.StartAsync();
        await using var gateway = await TestGateway.StartAsync(a, b);

        await gateway.SendRawAsync("GET / HTTP/1.1", "Host: x", $"traceparent: 00-{Trace}-b7ad6b7169203331-00");

        Assert.Matches($"^00-{Trace}-[0-9a-f]{{16}}-00$", Assert.Single(a.Arrivals.Concat(b.Arrivals)).Headers["traceparent"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http://127.0.0.1:9")]
    public async Task Trace_ThatBeginsHere_IsToldOnce_AndFlaggedAsRecorded(string? collector)
    {
        await using var a = await Destination.StartAsync();
        await using var b = await Destination.StartAsync();
        await using var gateway = await TestGateway.StartAsync(a, b, ("Telemetry:OtlpEndpoint", collector));

        await gateway.SendRawAsync("GET / HTTP/1.1", "Host: x");

        var told = Assert.Single(a.Arrivals.Concat(b.Arrivals)).Headers["traceparent"];
        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$", told);
        Assert.Contains($"trace {told.Split('-')[1]}.", await gateway.Log.ExpectAsync(1900), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trace_OfAHandshake_GoesOnToo()
    {
        await using var a = await Destination.StartAsync();
        await using var b = await Destination.StartAsync();
        await using var gateway = await TestGateway.StartAsync(a, b);

        using var socket = await gateway.ConnectAsync("/ws/start/blue", options =>
        {
            options.SetRequestHeader("Authorization", $"Bearer {Tokens.For("ann")}");
            options.SetRequestHeader("traceparent", $"00-{Trace}-b7ad6b7169203331-01");
        });

        Assert.Matches($"^00-{Trace}-[0-9a-f]{{16}}-01$", Assert.Single(a.Arrivals.Concat(b.Arrivals)).Headers["traceparent"]);
    }
}
