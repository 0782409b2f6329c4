namespace YarpWs.Gateway.Telemetry.AccessLogs;

/// <summary>A value that the lines of a log may name. That of a socket's request is taken when the socket opens, since its request is over long before it is.</summary>
internal sealed class LogVariable
{
    private readonly Func<HttpContext, string>? _ofRequest;
    private readonly Func<RequestEnd, string>? _ofEnd;

    private LogVariable(Func<HttpContext, string>? ofRequest, Func<RequestEnd, string>? ofEnd, bool isNumber) => (_ofRequest, _ofEnd, IsNumber) = (ofRequest, ofEnd, isNumber);

    /// <summary>Whether it stands in JSON without quotes.</summary>
    public bool IsNumber { get; }

    public static LogVariable OfRequest(Func<HttpContext, string> value, bool isNumber = false) => new(value, null, isNumber);

    public static LogVariable OfEnd(Func<RequestEnd, string> value, bool isNumber = false) => new(null, value, isNumber);

    /// <summary>The value where it is one of the request, which has its answer or is being accepted; null for one that is known at the end.</summary>
    public string? Of(HttpContext context) => _ofRequest?.Invoke(context);

    /// <param name="captured">What <see cref="Of(HttpContext)"/> has said.</param>
    /// <param name="end">How it ended.</param>
    public string Of(string? captured, RequestEnd end) => captured ?? _ofEnd!(end);
}
