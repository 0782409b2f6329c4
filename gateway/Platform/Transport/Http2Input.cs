using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace YarpWs.Platform.Transport;

/// <summary>
/// What an HTTP/2 connection receives, on its way to the server. It follows the frames (RFC 9113, section 4.1), counts the DATA of WebSockets, and holds back
/// RST_STREAM and the connection's end until the WebSockets concerned have been read up to there. For the server's one reader.
/// </summary>
internal sealed class Http2Input(PipeReader inner, Http2Sockets sockets) : PipeReader
{
    private const int HeaderSize = 9;
    private const byte Data = 0;
    private const byte RstStream = 3;
    private const byte Padded = 0x8;

    /// <summary>Header and, of a padded frame, the length of the padding.</summary>
    private readonly byte[] _header = new byte[HeaderSize + 1];

    private ReadOnlySequence<byte> _shown;
    private long _seen;
    private int _prefaceSeen;
    private bool _isOther;
    private int _headerSeen;
    private int _payloadLeft;
    private int _dataBytes;
    private Http2SocketStream? _dataOf;
    private Http2SocketStream? _held;

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_held is not null)
        {
            return ReadAfterAsync(_held, cancellationToken);
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
            return FinishReadAsync(read);
        }

        var result = read.Result;
        return result.IsCompleted ? EndAsync(result) : ValueTask.FromResult(Show(result));
    }

    public override bool TryRead(out ReadResult result)
    {
        if (_held is not null || !inner.TryRead(out result))
        {
            result = default;
            return false;
        }

        result = Show(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _seen -= _shown.Slice(_shown.Start, consumed).Length;
        _shown = default;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private async ValueTask<ReadResult> ReadAfterAsync(Http2SocketStream held, CancellationToken cancellationToken)
    {
        await sockets.WhenReadAsync(held);
        _held = null;
        return await ReadAsync(cancellationToken);
    }

    private async ValueTask<ReadResult> FinishReadAsync(ValueTask<ReadResult> read)
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

        return result.IsCompleted ? await EndAsync(result) : Show(result);
    }

    private async ValueTask<ReadResult> EndAsync(ReadResult result)
    {
        var seen = _seen;
        var shown = Show(result);
        if (_seen > seen)
        {
            // What came with the end is shown first; the end is found again by the next read.
            return new ReadResult(shown.Buffer, shown.IsCanceled, isCompleted: false);
        }

        await sockets.WhenReadAsync();
        return shown;
    }

    /// <summary>Looks at what is new, and leaves out what is held back.</summary>
    private ReadResult Show(in ReadResult result)
    {
        var buffer = result.Buffer;
        if (!_isOther)
        {
            foreach (var piece in buffer.Slice(_seen))
            {
                var seen = See(piece.Span);
                _seen += seen;
                if (seen < piece.Length)
                {
                    buffer = buffer.Slice(0, _seen);
                    break;
                }
            }
        }

        _shown = buffer;
        return new ReadResult(buffer, result.IsCanceled, result.IsCompleted && _held is null);
    }

    /// <summary>Returns how many of the bytes may be shown: all, or those before what is held back.</summary>
    private int See(ReadOnlySpan<byte> bytes)
    {
        var at = SeePreface(bytes);
        while (at < bytes.Length && !_isOther)
        {
            if (_payloadLeft > 0)
            {
                var step = Math.Min(_payloadLeft, bytes.Length - at);
                at += step;
                _payloadLeft -= step;
                EndFrame();
                continue;
            }

            _header[_headerSeen++] = bytes[at++];
            if (_headerSeen < HeaderSize || (_headerSeen == HeaderSize && IsPadded))
            {
                continue;
            }

            if (BeginFrame() is { } held)
            {
                // The frame's payload stays behind, without which the server cannot act on it.
                _held = held;
                return at;
            }
        }

        return _isOther ? bytes.Length : at;
    }

    /// <summary>DATA whose length of padding is still to come.</summary>
    private bool IsPadded => _header[3] == Data && (_header[4] & Padded) != 0 && Length > 0;

    private int Length => (_header[0] << 16) | (_header[1] << 8) | _header[2];

    private int SeePreface(ReadOnlySpan<byte> bytes)
    {
        var at = Math.Min(Preface.Length - _prefaceSeen, bytes.Length);
        if (at > 0)
        {
            // Whatever is no HTTP/2 is the server's business alone.
            _isOther |= !bytes[..at].SequenceEqual(Preface.Slice(_prefaceSeen, at));
            _prefaceSeen += at;
        }

        return at;
    }

    /// <summary>The header is there. Returns the stream that must be read before the frame goes on.</summary>
    private Http2SocketStream? BeginFrame()
    {
        var padding = _headerSeen - HeaderSize;
        _payloadLeft = Length - padding;
        _headerSeen = 0;
        var stream = _header[3] is Data or RstStream ? sockets.Find(BinaryPrimitives.ReadInt32BigEndian(_header.AsSpan(5)) & int.MaxValue) : null;
        if (_header[3] == RstStream)
        {
            return stream;
        }

        (_dataOf, _dataBytes) = (stream, Math.Max(0, _payloadLeft - (padding == 0 ? 0 : _header[HeaderSize])));
        EndFrame();
        return null;
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
