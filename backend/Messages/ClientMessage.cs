namespace YarpWs.Backend.Messages;

/// <summary>What a client asks for: one case for each thing that it can ask.</summary>
internal abstract record ClientMessage;

/// <summary>Send this text, which is UTF-8, to the group.</summary>
internal sealed record SendText(byte[] Text) : ClientMessage;
