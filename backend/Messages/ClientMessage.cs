namespace YarpWs.Backend.Messages;

/// <summary>What a client asks for: one case for each thing that it can ask.</summary>
internal abstract record ClientMessage;

/// <summary>Send this text to the group.</summary>
/// <param name="Text">UTF-8.</param>
/// <param name="NoEcho">To the others only: the connection that sends it does not get it.</param>
internal sealed record SendText(byte[] Text, bool NoEcho = false) : ClientMessage;
