using System.Globalization;
using YarpWs.Platform.Errors;

namespace YarpWs.Backend.Rooms;

/// <summary>A request that is not served, and why: plain text for a reader.</summary>
internal sealed record Refusal(int Status, string Reason)
{
    /// <summary>Seconds after which a client may try again when this node cannot serve it now.</summary>
    private const int RetryAfterSeconds = 1;

    public static Refusal Unavailable(string reason) => new(StatusCodes.Status503ServiceUnavailable, reason);

    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        if (Status is StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        await ErrorBody.WriteAsync(context, Reason);
    }
}
