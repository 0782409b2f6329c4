using System.Net.WebSockets;

namespace YarpWs.Backend.Protocols;

/// <summary>One message as it goes to clients: encoded once, then shared by everybody who gets it, so never changed.</summary>
internal readonly record struct Frame(ReadOnlyMemory<byte> Payload, WebSocketMessageType Type);
