namespace YarpWs.Gateway.Sockets;

/// <summary>The close frame of a gateway that stops: 1012, service restart, come back.</summary>
internal static class GoodbyeFrame
{
    public const int Code = 1012;

    public static ReadOnlyMemory<byte> Bytes { get; } = new byte[] { 0x88, 0x02, Code >> 8, Code & 0xFF };
}
