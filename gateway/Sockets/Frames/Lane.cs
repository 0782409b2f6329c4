using System.Buffers;
using System.Diagnostics;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Sockets.Frames;

/// <summary>
/// Carries the frames of one end of a socket to the other. One loop: 1. wait for bytes, without a buffer; 2. read them behind what was
/// held back; 3. have them looked at; 4. pass on what may go; 5. hold back the rest, which is the beginning of one frame; 6. wait, if
/// the end sends too fast.
/// </summary>
internal sealed class Lane(Peer from, FrameSink to, Action closing, ClientPace? pace = null)
{
    private const int SmallestBuffer = 4 * 1024;
    private const int LargestBuffer = 64 * 1024;

    private byte[] _buffer = [];
    private int _held;
    private int _size = SmallestBuffer;

    /// <summary>
    /// Runs until the end has closed, has gone, or has sent what it may not. A sink that takes nothing any more does not end it: what the
    /// end still has to say is heard.
    /// </summary>
    public async Task<LaneEnd> RunAsync()
    {
        var isFaulted = false;
        try
        {
            while (true)
            {
                // 1. A quiet socket costs no buffer.
                if (_held == 0)
                {
                    ReturnBuffer();
                    var none = await from.Stream.ReadAsync(Memory<byte>.Empty);
                    Debug.Assert(none == 0, "A read into nothing ends when there are bytes, and takes none.");
                    _buffer = ArrayPool<byte>.Shared.Rent(_size);
                }

                // 2.
                var count = await from.Stream.ReadAsync(_buffer.AsMemory(_held));
                if (count == 0)
                {
                    return LaneEnd.Gone;
                }

                from.Liveness.Heard();
                if (await PassAsync(_held + count) is { } end)
                {
                    isFaulted = end.Fault is not null;
                    return end;
                }

                // 6.
                if (pace is not null && await pace.KeepAsync() is { } close)
                {
                    isFaulted = true;
                    return LaneEnd.Faulted(close);
                }
            }
        }
        catch (Exception exception) when (ConnectionLost.Is(exception))
        {
            return LaneEnd.Gone;
        }
        finally
        {
            if (!isFaulted)
            {
                ReturnBuffer();
            }
        }
    }

    /// <summary>
    /// After a fault: reads on, and passes over everything, until the end has closed its connection or answered the gateway's close frame. Bytes left unread would have
    /// the system reset the connection, and the reset would overtake the close frame.
    /// </summary>
    /// <param name="closed">Comes when the gateway's close frame has been written; a close frame that is read before is no answer.</param>
    public async Task PassOverAsync(Task closed)
    {
        try
        {
            for (var left = 0L; ;)
            {
                // Where frames begin can be told after most faults. Where it cannot, no answer is found, and the end of the connection counts.
                var start = 0;
                while (true)
                {
                    var skipped = (int)Math.Min(left, _held - start);
                    (start, left) = (start + skipped, left - skipped);
                    if (left > 0 || !FrameHeader.TryRead(_buffer.AsSpan(start, _held - start), out var header))
                    {
                        break;
                    }

                    if (header.Opcode == Opcode.Close && closed.IsCompleted)
                    {
                        return;
                    }

                    left = header.Size + (long)Math.Min(header.PayloadLength, int.MaxValue);
                }

                if (_buffer.Length == 0)
                {
                    _buffer = ArrayPool<byte>.Shared.Rent(SmallestBuffer);
                }

                Hold(start, _held, need: 0);
                var count = await from.Stream.ReadAsync(_buffer.AsMemory(_held));
                if (count == 0)
                {
                    return;
                }

                _held += count;
            }
        }
        catch (Exception exception) when (ConnectionLost.Is(exception))
        {
            // It has left, which is what was waited for.
        }
        finally
        {
            ReturnBuffer();
        }
    }

    private async ValueTask<LaneEnd?> PassAsync(int end)
    {
        var start = 0;
        ScanResult scan;
        do
        {
            // 3.
            var isOne = to.IsPlaceWanted;
            scan = from.Frames.Scan(_buffer.AsSpan(start, end - start), isOne);
            if (from.Frames.CloseCode is not null)
            {
                closing();
            }

            // 4.
            if (scan.Pass > 0)
            {
                from.Liveness.Passed();
                await to.WriteAsync(_buffer.AsMemory(start, scan.Pass), from.Frames.Boundary, isOne);
            }

            if (scan.Fault is not null)
            {
                Hold(start + scan.Pass, end, need: 0);
                return LaneEnd.Faulted(scan.Fault);
            }

            start += scan.Pass + scan.Drop;
        }
        while (scan.Need == 0 && start < end);

        if (from.Frames.CloseCode is not null)
        {
            return LaneEnd.Closed;
        }

        // 5.
        Hold(start, end, scan.Need);
        return null;
    }

    /// <summary>Keeps what is not to go on yet, in a buffer that has room for all of its frame.</summary>
    private void Hold(int start, int end, int need)
    {
        Resize(end);
        var held = _buffer.AsSpan(start, end - start);
        if (need > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(need);
            held.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        else if (start > 0)
        {
            held.CopyTo(_buffer);
        }

        _held = held.Length;
    }

    /// <summary>The next buffer is larger when this one was filled, and smaller when it was nearly empty.</summary>
    private void Resize(int filled) => _size = filled switch
    {
        _ when filled >= _buffer.Length => Math.Min(LargestBuffer, _size * 2),
        _ when filled < _buffer.Length / 8 => Math.Max(SmallestBuffer, _size / 2),
        _ => _size,
    };

    private void ReturnBuffer()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _held = 0;
        }
    }
}

/// <summary>How a lane has ended.</summary>
internal sealed class LaneEnd
{
    private LaneEnd()
    {
    }

    /// <summary>The end's close frame has gone on; it has nothing more to say (RFC 6455, section 5.5.1).</summary>
    public static LaneEnd Closed { get; } = new();

    /// <summary>The end's connection is over, without a close frame.</summary>
    public static LaneEnd Gone { get; } = new();

    /// <summary>Why the end may not go on; null when it did nothing wrong.</summary>
    public SocketClose? Fault { get; private init; }

    /// <summary>The end has sent what it may not, or too fast; nothing more of it goes on.</summary>
    public static LaneEnd Faulted(SocketClose fault) => new() { Fault = fault };
}
