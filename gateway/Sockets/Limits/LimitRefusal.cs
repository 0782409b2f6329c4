using System.Globalization;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>The answer to a handshake that is beyond a limit.</summary>
internal sealed record LimitRefusal(int Status, string Reason, TimeSpan RetryAfter)
{
    /// <summary>The client's own doing.</summary>
    public static LimitRefusal OfClient(string reason, TimeSpan retryAfter) => new(StatusCodes.Status429TooManyRequests, reason, retryAfter);

    /// <summary>Nobody's fault: there are too many.</summary>
    public static LimitRefusal OfEverybody(string reason, TimeSpan retryAfter) => new(StatusCodes.Status503ServiceUnavailable, reason, retryAfter);

    public Task WriteAsync(HttpContext context)
    {
        // Whole seconds (RFC 9110, section 10.2.3), and never zero, which would be at once.
        var seconds = Math.Max(1, (long)Math.Ceiling(RetryAfter.TotalSeconds));
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Refusal.WriteAsync(context, Status, Reason, RefusalReason.Limit);
    }
}
