using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

/// <summary>Refusals and failures of one kind: a line when they begin and one when they end, however many there are.</summary>
public sealed class DestinationReportTests : IDisposable
{
    private const int NoDestination = 1211;
    private const int NoDestinationEnded = 1208;

    private readonly FakeTimeProvider _time = new();
    private readonly CollectedLog _log = new();
    private readonly LoggerFactory _loggers;
    private readonly DestinationReport _report;

    public DestinationReportTests()
    {
        _loggers = new LoggerFactory([_log]);
        _report = new DestinationReport(_time, _loggers.CreateLogger<DestinationReport>());
    }

    public void Dispose()
    {
        _report.Dispose();
        _loggers.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Refusals_OfOneCluster_AreALineAtTheBeginning_AndOneAtTheEnd_WithTheirNumber()
    {
        Refuse("backend", 71_036, TimeSpan.FromSeconds(38));
        Assert.Single(_log.Lines);
        Assert.Contains("Cluster backend has no destination", await _log.ExpectAsync(NoDestination), StringComparison.Ordinal);

        _time.Advance(Episode.Quiet);
        _report.Look();
        _report.Look();
        Assert.Contains("71036 were refused, over a time of 00:00:38", await _log.ExpectAsync(NoDestinationEnded), StringComparison.Ordinal);
        Assert.Equal(2, _log.Lines.Count);
    }

    [Fact]
    public void Refusals_ThatPauseForLessThanTheQuietTime_AreStillTheSame()
    {
        for (var burst = 0; burst < 5; burst++)
        {
            Refuse("backend", 100, TimeSpan.Zero);
            _time.Advance(Episode.Quiet - TimeSpan.FromSeconds(1));
            _report.Look();
        }

        Assert.Single(_log.Lines);
    }

    [Fact]
    public void Refusals_OfTwoClusters_AreTwoKinds()
    {
        Refuse("backend", 100, TimeSpan.Zero);
        Refuse("other", 100, TimeSpan.Zero);

        Assert.Equal(2, _log.Lines.Count);
    }

    [Fact]
    public async Task Refusals_ThatBeginAgain_AreALineAgain_WithANumberOfTheirOwn()
    {
        Refuse("backend", 3, TimeSpan.Zero);
        _time.Advance(Episode.Quiet);
        _report.Look();
        await _log.ExpectAsync(NoDestinationEnded);
        Refuse("backend", 5, TimeSpan.Zero);
        await _log.ExpectAsync(NoDestination);
        _time.Advance(Episode.Quiet);
        _report.Look();

        Assert.Contains("5 were refused", await _log.ExpectAsync(NoDestinationEnded), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestsOfAGateway_WhoseDestinationIsGone_AreALine_AndNotOneEach()
    {
        const string Nowhere = "http://127.0.0.1:1";
        await using var gateway = await TestGateway.StartFromAsync(
            TestGateway.SettingsFile,
            [
                ("ReverseProxy:Clusters:backend:Destinations:a:Address", Nowhere),
                ("ReverseProxy:Clusters:backend:Destinations:b:Address", Nowhere),
                .. new[] { "Default", "Yarp.ReverseProxy", "System.Net.Http", "Microsoft.AspNetCore" }.Select(category => ($"Logging:LogLevel:{category}", (string?)"Warning")),
            ]);
        for (var request = 0; request < 50; request++)
        {
            using var answer = await gateway.Http.GetAsync(new Uri("/", UriKind.Relative), Deadline.Token());
            Assert.True((int)answer.StatusCode is 502 or 503, answer.ToString());
        }

        // Each of two destinations fails, is marked, and is tried instead of the other; then none is left.
        var lines = gateway.Log.Lines.Where(line => !line.Contains(": scope ", StringComparison.Ordinal)).ToList();
        Assert.True(lines.Count < 10, string.Join('\n', lines));
    }

    private void Refuse(string cluster, int times, TimeSpan duration)
    {
        for (var time = 1; time < times; time++)
        {
            _report.Refused(cluster);
        }

        _time.Advance(duration);
        _report.Refused(cluster);
    }
}
