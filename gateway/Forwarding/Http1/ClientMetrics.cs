using System.Diagnostics.Metrics;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>What the platform's client measures, measured of this one, under the same names: who looks at a panel need not know by which of both a request goes.</summary>
internal sealed class ClientMetrics : IDisposable
{
    private static readonly KeyValuePair<string, object?> Active = new("http.connection.state", "active");
    private static readonly KeyValuePair<string, object?> Idle = new("http.connection.state", "idle");

    private readonly Meter _meter = new("System.Net.Http");
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _connections;

    public ClientMetrics()
    {
        _duration = _meter.CreateHistogram<double>("http.client.request.duration", "s", "Duration of HTTP client requests.");
        _connections = _meter.CreateUpDownCounter<long>("http.client.open_connections", "{connection}", "Number of outbound HTTP connections that are currently active or idle on the client.");
    }

    public void Dispose() => _meter.Dispose();

    public void Answered(TimeSpan duration, int status)
    {
        if (status < StatusCodes.Status400BadRequest)
        {
            _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("http.response.status_code", status));
        }
        else
        {
            _duration.Record(
                duration.TotalSeconds,
                new KeyValuePair<string, object?>("http.response.status_code", status),
                new KeyValuePair<string, object?>("error.type", status.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    public void Failed(TimeSpan duration, Exception exception) =>
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("error.type", ErrorOf(exception)));

    public void Opened() => _connections.Add(1, Active);

    public void Closed() => _connections.Add(-1, Active);

    public void Kept()
    {
        _connections.Add(-1, Active);
        _connections.Add(1, Idle);
    }

    public void Taken()
    {
        _connections.Add(-1, Idle);
        _connections.Add(1, Active);
    }

    private static string ErrorOf(Exception exception) => exception is HttpRequestException { HttpRequestError: var error and not HttpRequestError.Unknown }
        ? error switch
        {
            HttpRequestError.NameResolutionError => "name_resolution_error",
            HttpRequestError.ConnectionError => "connection_error",
            HttpRequestError.InvalidResponse => "invalid_response",
            HttpRequestError.ResponseEnded => "response_ended",
            HttpRequestError.ConfigurationLimitExceeded => "configuration_limit_exceeded",
            _ => error.ToString(),
        }
        : exception.GetType().FullName!;
}
