using System.Buffers.Binary;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Sockets.Frames;

/// <summary>
/// Follows the frames that one side sends, and says which bytes may go on to the other: frames up to <paramref name="wholeFrames"/> bytes and
/// all control frames whole or not at all, larger ones as they come. It copies nothing and keeps no bytes; what may not go on yet is
/// shown to it again with what follows. Belongs to the lane that carries the frames; others may read the counts, which may be a moment old.
/// </summary>
/// <param name="rules">What the side may send.</param>
/// <param name="wholeFrames">Largest data frame, header and payload in bytes, that is passed on whole.</param>
/// <param name="liveness">Knows the pongs that answer pings of the gateway's; they are nobody else's business.</param>
/// <param name="limits">How large a message of the side's may be; null when there is no limit.</param>
/// <param name="other">Hears of the side's pings, which the other one will answer; null when nobody measures.</param>
/// <param name="isEndless">Whether what the side sends is no frames, and so goes on as the payload of one that has no end.</param>
internal sealed class FrameScanner(
    FrameRules rules, int wholeFrames, Liveness liveness, MessageLimits? limits = null, Liveness? other = null, bool isEndless = false)
{
    private const int NoStatusReceived = 1005;

    private FrameHeader _header;
    private bool _isChecked;
    private long _left = isEndless ? long.MaxValue : 0;
    private bool _isInMessage;

    /// <summary>Bytes that went on.</summary>
    public long Bytes { get; private set; }

    /// <summary>Messages that went on whole: text and binary, however many frames each came in.</summary>
    public long Messages { get; private set; }

    /// <summary>The code of the side's close frame, 1005 for one without a code; null before.</summary>
    public int? CloseCode { get; private set; }

    /// <summary>Where the bytes that went on have ended.</summary>
    public FrameBoundary Boundary => this switch
    {
        { CloseCode: not null } => FrameBoundary.Closed,
        { _left: > 0 } => FrameBoundary.InFrame,
        { _isInMessage: true } => FrameBoundary.InMessage,
        _ => FrameBoundary.BetweenMessages,
    };

    /// <summary>Looks at bytes that begin where the last ones that went on, or were dropped, had ended.</summary>
    /// <param name="bytes">They are not empty.</param>
    /// <param name="isOne">Whether to go no further than the end of the first frame, so that something can be put in behind it.</param>
    public ScanResult Scan(ReadOnlySpan<byte> bytes, bool isOne = false)
    {
        // Nothing may follow a close frame.
        if (CloseCode is not null)
        {
            return new ScanResult(Pass: 0, Drop: bytes.Length);
        }

        var pass = Continue(bytes);
        while (pass < bytes.Length && !(isOne && pass > 0))
        {
            if (!_isChecked)
            {
                if (!FrameHeader.TryRead(bytes[pass..], out _header))
                {
                    return Passed(pass, need: FrameHeader.MaxSize);
                }

                if (Fault() is { } fault)
                {
                    return Passed(pass, fault: fault);
                }

                _isChecked = true;
            }

            var size = (ulong)_header.Size + _header.PayloadLength;
            if (size > (ulong)(bytes.Length - pass))
            {
                if (_header.IsControl || size <= (ulong)wholeFrames)
                {
                    return Passed(pass, need: (int)size);
                }

                Begin(size - (ulong)(bytes.Length - pass));
                return Passed(bytes.Length);
            }

            _isChecked = false;
            var frame = bytes.Slice(pass, (int)size);
            if (!_header.IsControl)
            {
                EndData();
            }
            else if (_header.Opcode == Opcode.Pong && IsForUs(frame))
            {
                return Passed(pass, drop: frame.Length);
            }
            else if (_header.Opcode is Opcode.Ping or Opcode.Pong)
            {
                Measure(frame);
            }
            else if (_header.Opcode == Opcode.Close)
            {
                return IsClose(frame)
                    ? Passed(pass + frame.Length, drop: bytes.Length - pass - frame.Length)
                    : Passed(pass, fault: SocketClose.ProtocolError.Because("a close frame has no code that may be sent"));
            }

            pass += frame.Length;
        }

        return Passed(pass);
    }

    /// <summary>What is wrong with the frame of this header; null when nothing is.</summary>
    private SocketClose? Fault() => rules.Check(_header) is { } broken
        ? SocketClose.ProtocolError.Because(broken)
        : _header.IsControl ? null : limits?.Check((long)_header.PayloadLength, isFirstFragment: _header.Opcode != Opcode.Continuation);

    /// <summary>More of a frame that is too large to be passed on whole.</summary>
    private int Continue(ReadOnlySpan<byte> bytes)
    {
        if (_left == 0)
        {
            return 0;
        }

        var pass = (int)Math.Min(_left, bytes.Length);
        _left -= pass;
        if (_left == 0)
        {
            EndData();
        }

        return pass;
    }

    private void Begin(ulong left)
    {
        _left = (long)left;
        _isChecked = false;
    }

    private void EndData()
    {
        _isInMessage = !_header.IsFinal;
        if (_header.IsFinal)
        {
            Messages++;
        }
    }

    private bool IsForUs(ReadOnlySpan<byte> pong)
    {
        Span<byte> payload = stackalloc byte[Liveness.PingPayloadSize];
        return _header.PayloadLength == Liveness.PingPayloadSize && liveness.IsAnswer(Unmasked(pong, payload));
    }

    /// <summary>A ping or a pong that goes on.</summary>
    private void Measure(ReadOnlySpan<byte> frame)
    {
        Span<byte> payload = stackalloc byte[(int)_header.PayloadLength];
        if (_header.Opcode == Opcode.Ping)
        {
            other?.PingPassed(Unmasked(frame, payload));
        }
        else
        {
            liveness.PongPassed(Unmasked(frame, payload));
        }
    }

    private bool IsClose(ReadOnlySpan<byte> close)
    {
        Span<byte> code = stackalloc byte[2];
        CloseCode = _header.PayloadLength switch
        {
            0 => NoStatusReceived,
            1 => null,
            _ when BinaryPrimitives.ReadUInt16BigEndian(Unmasked(close, code)) is var sent && FrameRules.IsCloseCode(sent) => sent,
            _ => null,
        };
        return CloseCode is not null;
    }

    /// <summary>Fills <paramref name="payload"/> with the first bytes of a whole frame's payload (RFC 6455, section 5.3).</summary>
    private ReadOnlySpan<byte> Unmasked(ReadOnlySpan<byte> frame, Span<byte> payload)
    {
        frame.Slice(_header.Size, payload.Length).CopyTo(payload);
        if (_header.IsMasked)
        {
            var mask = frame.Slice(_header.Size - 4, 4);
            for (var i = 0; i < payload.Length; i++)
            {
                payload[i] ^= mask[i & 3];
            }
        }

        return payload;
    }

    private ScanResult Passed(int pass, int drop = 0, int need = 0, SocketClose? fault = null)
    {
        Bytes += pass;
        return new ScanResult(pass, drop, need, fault);
    }
}

/// <summary>What is to be done with the bytes that a <see cref="FrameScanner"/> has looked at.</summary>
/// <param name="Pass">So many may go on.</param>
/// <param name="Drop">So many behind them go nowhere; whatever follows is still to be looked at.</param>
/// <param name="Need">How long the next frame is, or its header at most, when it has begun behind these and has not come whole; else 0.</param>
/// <param name="Fault">Why the frame behind these may not be sent; null when it may.</param>
internal readonly record struct ScanResult(int Pass, int Drop = 0, int Need = 0, SocketClose? Fault = null);
