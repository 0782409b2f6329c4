using Microsoft.Extensions.Primitives;

namespace YarpWs.Gateway.Sockets.Frames;

/// <summary>What the handshake agreed on beyond RFC 6455, as far as it changes what frames may look like.</summary>
internal enum WebSocketExtensions
{
    None,

    /// <summary>permessage-deflate alone (RFC 7692): RSV1 may be set on the first frame of a message.</summary>
    Deflate,

    /// <summary>Something that the gateway does not know: reserved bits and opcodes are not its business.</summary>
    Unknown,
}

internal static class AgreedExtensions
{
    /// <summary>Reads <c>Sec-WebSocket-Extensions</c> of the answer to a handshake.</summary>
    public static WebSocketExtensions Read(StringValues header)
    {
        var agreed = WebSocketExtensions.None;
        foreach (var extension in header.SelectMany(line => line?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? []))
        {
            var name = extension.Split(';', 2)[0].Trim();
            if (!name.Equals("permessage-deflate", StringComparison.OrdinalIgnoreCase))
            {
                return WebSocketExtensions.Unknown;
            }

            agreed = WebSocketExtensions.Deflate;
        }

        return agreed;
    }
}
