namespace YarpWs.Backend.Protocols;

/// <summary>What a client asks for. In the plain protocols there is one thing to ask: send this text to the group.</summary>
internal sealed record ClientMessage(byte[] Text);
