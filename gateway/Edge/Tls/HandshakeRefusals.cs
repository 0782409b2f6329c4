using System.Net;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>
/// Tells the operator of clients that are refused in their handshake, for what the access log does not say: one line for each, a line a second at most, with
/// the number of those in between. Any thread may call.
/// </summary>
internal sealed class HandshakeRefusals(TimeProvider time, ILogger<HandshakeRefusals> logger)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private DateTimeOffset _next;
    private long _untold;

    /// <param name="endpoint">By its name in the settings.</param>
    /// <param name="client">Who is refused.</param>
    /// <param name="reason">In words for the operator, without a dot.</param>
    public void Tell(string endpoint, EndPoint? client, string reason)
    {
        long untold;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (now < _next)
            {
                _untold++;
                return;
            }

            _next = now + Between;
            (untold, _untold) = (_untold, 0);
        }

        logger.HandshakeRefused(client, endpoint, reason, untold);
    }
}
