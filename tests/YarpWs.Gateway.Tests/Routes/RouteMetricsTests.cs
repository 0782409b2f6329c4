using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using static YarpWs.Gateway.Tests.Routes.OperatedGateway;

namespace YarpWs.Gateway.Tests.Routes;

public sealed class RouteMetricsTests
{
    private const int TakenBack = 1205;

    [Fact]
    public async Task Changes_AreCounted_ByWhatBecameOfThem_AndByWhatMeans()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"), ("Routes:TrialRequests", "2"));
        Assert.Equal(
            ["applied file 0", "applied request 0", "applied rollback 0", "refused file 0", "refused request 0", "taken_back trial 0"],
            Counted(gateway));

        gateway.Save("nonsense");
        await gateway.Log.ExpectAsync(Refused);
        await PostAsync(gateway, "/routes", Text(gateway.A, "one", "two"));
        await PostAsync(gateway, "/routes", "nonsense");
        await PostAsync(gateway, "/routes/rollback", """{"revision": "1"}""");
        gateway.Save(Text(gateway.A, "one").Replace(gateway.A.Address, "http://127.0.0.1:1", StringComparison.Ordinal));
        for (var rollbackAndFile = 0; rollbackAndFile < 3; rollbackAndFile++)
        {
            await gateway.Log.ExpectAsync(Applied);
        }

        await gateway.AskAsync("/one/x");
        await gateway.AskAsync("/one/x");
        await gateway.Log.ExpectAsync(TakenBack);

        Assert.Equal(
            ["applied file 1", "applied request 1", "applied rollback 1", "refused file 1", "refused request 1", "taken_back trial 1"],
            Counted(gateway));
    }

    private static async Task PostAsync(OperatedGateway gateway, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await gateway.Http.PostAsync(new Uri(gateway.Admin, path), content, Deadline.Token());
    }

    /// <summary>This gateway's, and no other's that runs beside it.</summary>
    private static IEnumerable<string> Counted(OperatedGateway gateway)
    {
        var factory = gateway.Services.GetRequiredService<IMeterFactory>();
        var counted = new ConcurrentBag<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Name == "yarpws.gateway.route.changes" && instrument.Meter.Scope == factory)
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) => counted.Add($"{string.Join(' ', tags.ToArray().Select(tag => tag.Value))} {count}"));
        listener.Start();
        listener.RecordObservableInstruments();
        return counted.Order(StringComparer.Ordinal);
    }
}
