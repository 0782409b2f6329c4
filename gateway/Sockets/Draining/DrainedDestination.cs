namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>A destination that the operator has taken out.</summary>
/// <param name="Since">When.</param>
/// <param name="Drain">Closes the sockets that it had.</param>
internal sealed record DrainedDestination(DateTimeOffset Since, Drain Drain);
