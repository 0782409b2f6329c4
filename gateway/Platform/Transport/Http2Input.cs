using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace YarpWs.Platform.Transport;

/// <summary>
/// What an HTTP/2 connection receives, on its way to the server. It follows the frames (RFC 9113, section 4.1) and counts the DATA of WebSockets. The RST_STREAM of a
/// WebSocket that has not been read up to there is taken out, and put in between two later frames once it has: what comes for other streams goes on meanwhile. The
/// connection's end is held back until all WebSockets have been read up to there. For the server's one reader.
/// </summary>
/// <param name="inner">What has come.</param>
/// <param name="sockets">The connection's WebSockets.</param>
/// <param name="waiting">Called whenever the server reads and nothing has come yet; null for nobody.</param>
internal sealed class Http2Input(PipeReader inner, Http2Sockets sockets, Action? waiting = null) : PipeReader
{
    private const int HeaderSize = 9;
    private const int ResetSize = HeaderSize + 4;
    private const byte Data = 0;
    private const byte RstStream = 3;
    private const byte Padded = 0x8;

    /// <summary>Of the frame that begins: its header and, where it counts, the length of the padding or the code of a reset.</summary>
    private readonly byte[] _head = new byte[ResetSize];

    private readonly HeldResets _resets = new(sockets);

    /// <summary>A read that had not ended when a reset was put in.</summary>
    private Task<ReadResult>? _reading;

    /// <summary>All that is there; what has been looked at is <see cref="_seen"/> bytes long, is shown, and what follows it is not.</summary>
    private ReadOnlySequence<byte> _buffer;

    private long _seen;

    /// <summary>The length of a frame behind what is shown that is taken out.</summary>
    private int _takenOut;

    /// <summary>Whether what is shown is not the client's, but a reset that is put in.</summary>
    private bool _isPutIn;

    private int _prefaceSeen;
    private bool _isOther;
    private int _payloadLeft;
    private int _dataBytes;
    private Http2SocketStream? _dataOf;

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Whether the server has taken whole frames, and nothing of the next one.</summary>
    private bool IsBetweenFrames => _seen == 0 && _payloadLeft == 0;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_resets.Any || _reading is not null)
        {
            return ReadBesideResetsAsync(cancellationToken);
        }

        ValueTask<ReadResult> read;
        try
        {
            read = inner.ReadAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            // A pipe throws at once what its writer ended with.
            read = ValueTask.FromException<ReadResult>(exception);
        }

        if (!read.IsCompletedSuccessfully)
        {
            waiting?.Invoke();
            return FinishReadAsync(read, cancellationToken);
        }

        var result = read.Result;
        return TryShow(result, out var shown) ? ValueTask.FromResult(shown) : GoOnAsync(result, cancellationToken);
    }

    public override bool TryRead(out ReadResult result) => throw new NotSupportedException("The server waits for what it reads.");

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_isPutIn)
        {
            // The server copies what it is shown, and has room for so little.
            _isPutIn = false;
            return;
        }

        var count = _buffer.Slice(0, consumed).Length;
        _seen -= count;
        if (_seen > 0)
        {
            inner.AdvanceTo(consumed, examined);
        }
        else
        {
            PassOver(count);
        }
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (_reading is { } reading)
        {
            inner.CancelPendingRead();
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await inner.CompleteAsync(exception);
    }

    private async ValueTask<ReadResult> FinishReadAsync(ValueTask<ReadResult> read, CancellationToken cancellationToken)
    {
        ReadResult result;
        try
        {
            result = await read;
        }
        catch
        {
            await sockets.WhenReadAsync();
            throw;
        }

        return TryShow(result, out var shown) ? shown : await GoOnAsync(result, cancellationToken);
    }

    /// <summary>Nothing of what was read is shown.</summary>
    private async ValueTask<ReadResult> GoOnAsync(ReadResult result, CancellationToken cancellationToken)
    {
        if (result.IsCompleted && _takenOut == 0)
        {
            // The beginning of a frame that is not shown says nothing to the server.
            await sockets.WhenReadAsync();
            return new ReadResult(_buffer.Slice(0, 0), isCanceled: false, isCompleted: true);
        }

        PassOver(0);
        return await ReadAsync(cancellationToken);
    }

    /// <summary>Waits for what comes first: more from the client, or the turn of a reset that was taken out.</summary>
    private async ValueTask<ReadResult> ReadBesideResetsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (IsBetweenFrames && _resets.TryTake(out var reset))
            {
                _isPutIn = true;
                return new ReadResult(new ReadOnlySequence<byte>(reset), isCanceled: false, isCompleted: false);
            }

            var reading = _reading ??= inner.ReadAsync(cancellationToken).AsTask();
            if (IsBetweenFrames && _resets.Any && await Task.WhenAny(reading, _resets.WhenDueAsync()) != reading)
            {
                continue;
            }

            _reading = null;
            return await FinishReadAsync(new ValueTask<ReadResult>(reading), cancellationToken);
        }
    }

    /// <summary>Looks at what is new, and shows what may be shown; false when that is nothing.</summary>
    private bool TryShow(in ReadResult result, out ReadResult shown)
    {
        _buffer = result.Buffer;
        var rest = _buffer.Slice(_seen);
        while (_takenOut == 0 && !rest.IsEmpty && See(rest) is > 0 and var seen)
        {
            _seen += seen;
            rest = rest.Slice(seen);
        }

        // What came with the end is shown first; the end is found again by the next read.
        shown = new ReadResult(_buffer.Slice(0, _seen), result.IsCanceled, isCompleted: false);
        return _seen > 0 || result.IsCanceled;
    }

    /// <summary>The server has taken all that it was shown, <paramref name="count"/> bytes.</summary>
    private void PassOver(long count)
    {
        if (_takenOut > 0)
        {
            inner.AdvanceTo(_buffer.GetPosition(count + _takenOut));
            _takenOut = 0;
        }
        else if (_resets.IsDue)
        {
            // What follows is looked at again, behind what is put in.
            inner.AdvanceTo(_buffer.GetPosition(count));
        }
        else
        {
            inner.AdvanceTo(_buffer.GetPosition(count), _buffer.End);
        }
    }

    /// <summary>Returns how many bytes may be shown next; 0 when there is more to come first, or the turn is not theirs.</summary>
    private long See(in ReadOnlySequence<byte> rest)
    {
        if (_isOther)
        {
            return rest.Length;
        }

        if (_prefaceSeen < Preface.Length)
        {
            return SeePreface(rest.FirstSpan);
        }

        if (_payloadLeft > 0)
        {
            var step = (int)Math.Min(_payloadLeft, rest.Length);
            _payloadLeft -= step;
            EndFrame();
            return step;
        }

        return _seen > 0 && _resets.IsDue ? 0 : SeeHead(rest);
    }

    private int SeePreface(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(Preface.Length - _prefaceSeen, bytes.Length);

        // Whatever is no HTTP/2 is the server's business alone.
        _isOther = !bytes[..count].SequenceEqual(Preface.Slice(_prefaceSeen, count));
        _prefaceSeen += count;
        return count;
    }

    /// <summary>A frame begins. It is not shown before it is known what becomes of it.</summary>
    private int SeeHead(in ReadOnlySequence<byte> rest)
    {
        var count = (int)Math.Min(_head.Length, rest.Length);
        rest.Slice(0, count).CopyTo(_head);
        if (count < HeaderSize)
        {
            return 0;
        }

        var (length, type) = ((_head[0] << 16) | (_head[1] << 8) | _head[2], _head[3]);
        var stream = type is Data or RstStream ? sockets.Find(BinaryPrimitives.ReadInt32BigEndian(_head.AsSpan(5)) & int.MaxValue) : null;
        if (type == RstStream && length == ResetSize - HeaderSize && stream is { IsReadUp: false })
        {
            if (count == ResetSize)
            {
                _resets.Add(stream, _head);
                _takenOut = ResetSize;
            }

            return 0;
        }

        var padding = type == Data && (_head[4] & Padded) != 0 && length > 0 ? 1 : 0;
        if (count < HeaderSize + padding)
        {
            return 0;
        }

        _payloadLeft = length - padding;
        (_dataOf, _dataBytes) = (type == Data ? stream : null, Math.Max(0, _payloadLeft - (padding == 0 ? 0 : _head[HeaderSize])));
        EndFrame();
        return HeaderSize + padding;
    }

    private void EndFrame()
    {
        if (_payloadLeft == 0)
        {
            _dataOf?.Received(_dataBytes);
            _dataOf = null;
        }
    }
}
