using System.Net;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>
/// Tells the operator of clients that are refused in their handshake, for what the access log does not say: one line for each, a line a second at most, with
/// the number of those in between. Any thread may call.
/// </summary>
internal sealed class HandshakeRefusals(TimeProvider time, ILogger<HandshakeRefusals> logger)
{
    private readonly LinePace _pace = new(time);

    /// <param name="endpoint">By its name in the settings.</param>
    /// <param name="client">Who is refused.</param>
    /// <param name="reason">In words for the operator, without a dot.</param>
    public void Tell(string endpoint, EndPoint? client, string reason)
    {
        if (_pace.TryTake(out var untold))
        {
            logger.HandshakeRefused(client, endpoint, reason, untold);
        }
    }
}
