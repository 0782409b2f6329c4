namespace YarpWs.Gateway.Sockets.Frames;

/// <summary>
/// What one side may send next (RFC 6455, sections 5.1 to 5.5): it remembers whether a message is under way. Payloads are the business of
/// those who exchange them. Belongs to the lane that carries the frames.
/// </summary>
internal sealed class FrameRules(bool fromClient, WebSocketExtensions extensions)
{
    private const int MaxControlPayload = 125;
    private const int Rsv1 = 0x4;

    /// <summary>Whether a message has begun whose last frame has not come.</summary>
    public bool IsInMessage { get; private set; }

    /// <summary>Takes the next frame's header, and returns what is wrong with it; null when nothing is.</summary>
    public string? Check(in FrameHeader header)
    {
        if (header.IsMasked != fromClient)
        {
            return fromClient ? "a frame is not masked" : "a frame is masked";
        }

        if (header.PayloadLength > long.MaxValue || !header.IsShortestForm)
        {
            return "a frame's length is not written as it must be";
        }

        if (header.Reserved != 0 && !MayReserve(header))
        {
            return "a reserved bit is set";
        }

        return header.IsControl ? CheckControl(header) : CheckData(header);
    }

    /// <summary>Whether a close frame may carry this code (section 7.4). Codes that are not assigned yet may be one day.</summary>
    public static bool IsCloseCode(int code) => code is (>= 1000 and <= 4999) and not (1004 or 1005 or 1006 or 1015);

    private string? CheckControl(in FrameHeader header)
    {
        if (header.Opcode > Opcode.Pong && extensions != WebSocketExtensions.Unknown)
        {
            return "a reserved opcode is used";
        }

        if (!header.IsFinal)
        {
            return "a control frame is fragmented";
        }

        return header.PayloadLength > MaxControlPayload ? "a control frame is longer than 125 bytes" : null;
    }

    private string? CheckData(in FrameHeader header)
    {
        if (header.Opcode > Opcode.Binary)
        {
            return extensions == WebSocketExtensions.Unknown ? null : "a reserved opcode is used";
        }

        if (header.Opcode == Opcode.Continuation != IsInMessage)
        {
            return IsInMessage ? "a message begins inside another" : "a message is continued that has not begun";
        }

        IsInMessage = !header.IsFinal;
        return null;
    }

    private bool MayReserve(in FrameHeader header) => extensions switch
    {
        WebSocketExtensions.Deflate => header.Reserved == Rsv1 && !header.IsControl && header.Opcode != Opcode.Continuation,
        WebSocketExtensions.Unknown => true,
        _ => false,
    };
}
