using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Operator;

public sealed class AdminTests : IAsyncLifetime
{
    private Destination _a = null!;
    private Destination _b = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await Destination.StartAsync();
        _b = await Destination.StartAsync();
        _gateway = await TestGateway.StartAsync(_a, _b, ("ReverseProxy:Clusters:backend:HealthCheck:Active:Interval", "00:00:00.100"));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    private Task<HttpResponseMessage> GetAsync(string path) => _gateway.Http.GetAsync(new Uri(_gateway.Admin, path), Deadline.Token());

    private async Task<JsonNode> ExpectReadinessAsync(HttpStatusCode status)
    {
        var deadline = Deadline.Token();
        while (true)
        {
            using var response = await GetAsync("/readyz");
            if (response.StatusCode == status)
            {
                return JsonNode.Parse(await response.Content.ReadAsStringAsync(Deadline.Token()))!;
            }

            await Eventually.AgainAsync(deadline);
        }
    }

    /// <summary>What operators ask for may read files and walk over everything, behind the body of their request too.</summary>
    [Fact]
    public async Task Operator_IsNotServedByALoop_HoweverMuchTheConnectionHasCarried()
    {
        Assert.SkipUnless(EventLoops.AreSupported, "There are no event loops on this system.");
        using var loops = new LoopsOfLines(1310);
        _gateway.Services.GetRequiredService<ILoggerFactory>().AddProvider(loops);

        for (var request = 0; request < 20; request++)
        {
            using var answer = await _gateway.Http.PostAsJsonAsync(new Uri(_gateway.Admin, "/sockets/close"), new { filter = new { user = "ann" }, code = 1012, reason = "go", perSecond = 1, dryRun = false }, Deadline.Token());
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal(Enumerable.Repeat(false, 20), loops.Seen);
    }

    [Fact]
    public async Task Readiness_SaysWhichPartIsNotReady_AndWhy()
    {
        var ready = await ExpectReadinessAsync(HttpStatusCode.OK);
        Assert.Equal("ready", (string?)ready["status"]);

        await _a.DisposeAsync();
        await _b.DisposeAsync();

        var lost = await ExpectReadinessAsync(HttpStatusCode.ServiceUnavailable);
        Assert.Equal(("not ready", "ready"), ((string?)lost["status"], (string?)lost["parts"]!["routes"]));
        Assert.StartsWith("no healthy destination: a: its probe failed: Connection refused", (string?)lost["parts"]!["cluster backend"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cluster_IsNotReady_BeforeADestinationHasAnsweredAProbe()
    {
        // It accepts, and says nothing.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var gateway = await TestGateway.StartFromAsync(
            TestGateway.SettingsFile,
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", $"http://{silent.LocalEndpoint}/"),
            ("ReverseProxy:Clusters:backend:Destinations:b:Address", $"http://{silent.LocalEndpoint}/"),
            ("ReverseProxy:Clusters:backend:HealthCheck:Active:Timeout", "00:01:00"));
        using var http = new HttpClient();

        using var answer = await http.GetAsync(new Uri(gateway.Admin, "/readyz"), Deadline.Token());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("\"cluster backend\":\"no destination has answered a probe yet\"", await answer.Content.ReadAsStringAsync(Deadline.Token()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AdminPort_AnswersItsOwnPathsAlone()
    {
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/livez")).StatusCode);
        Assert.Contains("# TYPE", await (await GetAsync("/metrics")).Content.ReadAsStringAsync(Deadline.Token()), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/ws/start/blue")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/page/other.js")).StatusCode);
    }

    [Theory]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    [InlineData("/metrics")]
    public async Task PublicPort_DoesNotAnswerThem_WhateverHostIsClaimed(string path)
    {
        var answer = await _gateway.SendRawAsync($"GET {path} HTTP/1.1", $"Host: {_gateway.Admin.Authority}");

        Assert.StartsWith("HTTP/1.1 404 ", answer, StringComparison.Ordinal);
    }

    /// <summary>Notes for each line of an event whether a loop's thread writes it.</summary>
    private sealed class LoopsOfLines(int id) : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<bool> Seen { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == id)
            {
                Seen.Enqueue(EventLoop.Current is not null);
            }
        }

        public void Dispose()
        {
        }
    }
}
