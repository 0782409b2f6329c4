using System.Diagnostics.Metrics;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Routes;

/// <summary>Counts what becomes of changes of the routes. Every kind is there from the start at 0, so that an alert hears the first.</summary>
internal sealed class RouteMetrics
{
    private readonly Count[] _counts =
    [
        new("applied", RouteMeans.File),
        new("applied", RouteMeans.Request),
        new("applied", RouteMeans.Rollback),
        new("refused", RouteMeans.File),
        new("refused", RouteMeans.Request),
        new("taken_back", RouteMeans.Failures),
    ];

    public RouteMetrics(IMeterFactory meters) => meters.Create(GatewayMetrics.MeterName).CreateObservableCounter(
        "yarpws.gateway.route.changes", () => _counts.Select(count => count.Measure()), "{change}", "Changes of the routes, by what became of them and by what means they came.");

    /// <summary>It runs. What failures bring back is counted as the change that is taken back.</summary>
    public void Applied(RouteMeans means) => Add(means == RouteMeans.Failures ? "taken_back" : "applied", means);

    public void Refused(RouteMeans means) => Add("refused", means);

    private void Add(string result, RouteMeans means) => Array.Find(_counts, count => count.Result == result && count.Means == means)!.Increment();

    private sealed class Count(string result, RouteMeans means)
    {
        private readonly KeyValuePair<string, object?>[] _tags = [new("result", result), new("by", Word(means))];
        private long _value;

        public string Result => result;

        public RouteMeans Means => means;

        public void Increment() => Interlocked.Increment(ref _value);

        public Measurement<long> Measure() => new(Interlocked.Read(ref _value), _tags);

        private static string Word(RouteMeans means) => means switch
        {
            RouteMeans.File => "file",
            RouteMeans.Request => "request",
            RouteMeans.Rollback => "rollback",
            _ => "trial",
        };
    }
}
