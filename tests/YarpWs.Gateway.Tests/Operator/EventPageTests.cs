using System.Net;
using System.Text.Json;

namespace YarpWs.Gateway.Tests.Operator;

public sealed class EventPageTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private Destination _a = null!;
    private Destination _b = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await Destination.StartAsync();
        _b = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(_a, _b, ("Shutdown:Timeout", "01:00:00"));
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
    public async Task Reader_HearsThePulse_UntilTheGatewayEnds_WhichDoesNotWaitForHim()
    {
        using var socket = await _gateway.ConnectAsync("/ws/start/blue", options => options.SetRequestHeader("Authorization", "Bearer " + Tokens.For("ann")));
        using var response = await _http.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead, Deadline.Token());
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Deadline.Token()));

        var line = await lines.ReadLineAsync(Deadline.Token());
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var pulse = JsonDocument.Parse(line!["data: ".Length..]).RootElement;
        Assert.Equal((1, 1, 2), (pulse.GetProperty("now").GetProperty("sockets").GetInt32(), pulse.GetProperty("now").GetProperty("accepted").GetInt32(), pulse.GetProperty("destinations").GetArrayLength()));

        socket.Abort();
        await _gateway.StopAsync().WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
        while (await lines.ReadLineAsync(Deadline.Token()) is not null)
        {
        }
    }

    [Fact]
    public async Task Readers_AreNotMoreThanMayBe()
    {
        var readers = new List<HttpResponseMessage>();
        for (var i = 0; i < 32; i++)
        {
            readers.Add(await _http.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead, Deadline.Token()));
        }

        using var refused = await _http.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead, Deadline.Token());

        Assert.All(readers, reader => Assert.Equal(HttpStatusCode.OK, reader.StatusCode));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        readers.ForEach(reader => reader.Dispose());
    }

    [Fact]
    public async Task Page_MayRunNothingButItsOwnScripts()
    {
        using var page = await _http.GetAsync("/", Deadline.Token());
        var html = await page.Content.ReadAsStringAsync(Deadline.Token());

        Assert.Contains("script-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        foreach (var file in html.Split('"').Where(word => word.StartsWith("/page/", StringComparison.Ordinal)))
        {
            using var answer = await _http.GetAsync(file, Deadline.Token());
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }
}
