namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>What one try of a handshake on one destination has come to. It stands among the request's features while the try goes on.</summary>
/// <param name="client">Cancelled when the client goes away, which says nothing about the destination.</param>
/// <param name="deadline">Cancelled when the destination has not answered in time.</param>
internal sealed class DestinationAttempt(CancellationToken client, CancellationToken deadline)
{
    private bool _isTurnedAway;

    public bool IsTimedOut => deadline.IsCancellationRequested && !client.IsCancellationRequested;

    /// <summary>The destination has asked for another one to be tried.</summary>
    public void TurnAway() => _isTurnedAway = true;

    /// <summary>Whether the destination could not be asked, did not answer, or asked for another one to be: then another one is.</summary>
    public DestinationFailure FailureOf(HttpContext context) => _isTurnedAway || IsTimedOut ? DestinationFailure.NoAnswer : DestinationFailures.Of(context);
}
