using System.Net.Http.Headers;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>
/// The bytes of an answer's content, without their framing (RFC 9112, sections 6 and 7). Whoever reads to its end has all of it: an answer that is cut off fails. One
/// read at a time. When the last byte is read the connection goes back, and nothing here touches it any more.
/// </summary>
internal sealed class AnswerBody : AsyncStream
{
    /// <summary>Of the line before a chunk, with its extensions, which nobody needs.</summary>
    private const int MaxLineBytes = 4096;

    /// <summary>Of all extensions together: they cost, and bring nothing.</summary>
    private const int MaxExtensionBytes = 16 << 10;

    /// <summary>From here on what is left of a chunk is read to where it is wanted; of less, what follows is read with it.</summary>
    private const int DirectBytes = 8 << 10;

    private readonly ContentFraming _framing;
    private readonly HttpResponseHeaders? _trailers;
    private DestinationConnection? _connection;
    private ChunkState _state;
    private long _left;
    private int _extensionBytes;
    private int _trailerRoom;

    /// <param name="connection">What has been read of it begins with the content.</param>
    /// <param name="head">Says how it is framed.</param>
    /// <param name="maxTrailerBytes">Most bytes that the trailers may have.</param>
    public AnswerBody(DestinationConnection connection, AnswerHead head, int maxTrailerBytes)
    {
        _connection = connection;
        _framing = head.Framing;
        _left = _framing == ContentFraming.Length ? head.Length : 0;
        _trailerRoom = maxTrailerBytes;
        if (_framing == ContentFraming.Chunked)
        {
            _trailers = head.Answer.TrailingHeaders;
        }
        else if (_framing == ContentFraming.None || (_framing == ContentFraming.Length && _left == 0))
        {
            End(isWhole: true);
        }
    }

    private enum ChunkState
    {
        Size,
        Data,
        DataEnd,
        Trailers,
        Ended,
    }

    public override bool CanWrite => false;

    /// <summary>Reads what there is. Into an empty buffer it reads nothing, and waits until something may be there.</summary>
    /// <exception cref="HttpIOException">The answer was cut off, or is invalid.</exception>
    /// <exception cref="IOException">The connection has failed.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return TryTake(buffer.Span, out var count) ? ValueTask.FromResult(count) : ReadMoreAsync(buffer, cancellationToken);
        }
        catch (HttpIOException exception)
        {
            End(isWhole: false);
            return ValueTask.FromException<int>(exception);
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        TakeRest();
        End(isWhole: false);
        base.Dispose(disposing);
    }

    /// <summary>What nobody wants and has come already keeps the connection from no other request.</summary>
    private void TakeRest()
    {
        Span<byte> unwanted = stackalloc byte[512];
        try
        {
            while (_framing != ContentFraming.Close && _connection is not null && TryTake(unwanted, out var count) && count > 0)
            {
            }
        }
        catch (HttpIOException)
        {
            // Nobody wants to know either; the connection is closed.
        }
    }

    private async ValueTask<int> ReadMoreAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var connection = _connection!;
        try
        {
            if (buffer.IsEmpty)
            {
                await connection.WaitAsync(cancellation);
                return 0;
            }

            while (true)
            {
                if (IsDirect)
                {
                    return Received(await connection.ReceiveAsync(_framing == ContentFraming.Close || _left >= buffer.Length ? buffer : buffer[..(int)_left], cancellation));
                }

                if (await connection.FillAsync(cancellation) == 0)
                {
                    throw CutOff();
                }

                if (TryTake(buffer.Span, out var count))
                {
                    return count;
                }
            }
        }
        catch (ObjectDisposedException exception)
        {
            End(isWhole: false);
            throw new IOException("The connection to the destination was closed.", exception);
        }
        catch
        {
            End(isWhole: false);
            throw;
        }
    }

    /// <summary>Whether nothing but content comes next.</summary>
    private bool IsDirect => _framing switch
    {
        ContentFraming.Chunked => _state == ChunkState.Data && _left >= DirectBytes,
        _ => true,
    };

    /// <summary>So many bytes were read to where they are wanted, past what was read ahead.</summary>
    private int Received(int count)
    {
        if (count == 0)
        {
            if (_framing != ContentFraming.Close)
            {
                throw CutOff();
            }

            End(isWhole: true);
        }
        else if (_framing != ContentFraming.Close)
        {
            Took(count);
        }

        return count;
    }

    private void Took(int count)
    {
        _left -= count;
        if (_left == 0)
        {
            if (_framing == ContentFraming.Length)
            {
                End(isWhole: true);
            }
            else
            {
                _state = ChunkState.DataEnd;
            }
        }
    }

    /// <summary>Takes what was read ahead. False when more has to be read for it to say anything.</summary>
    private bool TryTake(Span<byte> buffer, out int count)
    {
        count = 0;
        if (_connection is not { } connection)
        {
            return true;
        }

        if (_framing == ContentFraming.Chunked)
        {
            return TryTakeChunks(connection, buffer, out count);
        }

        var unread = connection.Unread;
        count = Math.Min(unread.Length, buffer.Length);
        if (_framing == ContentFraming.Length)
        {
            count = (int)Math.Min(count, _left);
        }

        if (count > 0)
        {
            unread[..count].CopyTo(buffer);
            connection.Take(count);
            if (_framing == ContentFraming.Length)
            {
                Took(count);
            }
        }

        return !unread.IsEmpty;
    }

    /// <summary>Goes on past the end of the content taken, so that the end of the last chunk is read with it where it has come.</summary>
    private bool TryTakeChunks(DestinationConnection connection, Span<byte> buffer, out int count)
    {
        count = 0;
        while (true)
        {
            var unread = connection.Unread;
            if (_state != ChunkState.Data)
            {
                var at = 0;
                var isRead = TryReadFrame(unread, ref at);
                connection.Take(at);
                if (_state == ChunkState.Ended)
                {
                    End(isWhole: true);
                    return true;
                }

                if (!isRead)
                {
                    return count > 0;
                }

                continue;
            }

            if (unread.IsEmpty || buffer.IsEmpty)
            {
                return count > 0 || !unread.IsEmpty;
            }

            var taken = (int)Math.Min(Math.Min(unread.Length, buffer.Length), _left);
            unread[..taken].CopyTo(buffer);
            buffer = buffer[taken..];
            connection.Take(taken);
            count += taken;
            Took(taken);
        }
    }

    /// <summary>Reads one piece of what stands between the bytes of the content. False when it has not come whole.</summary>
    private bool TryReadFrame(ReadOnlySpan<byte> unread, ref int at)
    {
        if (_state == ChunkState.DataEnd)
        {
            if (unread.Length < 2)
            {
                return unread is [not (byte)'\r'] ? throw BadChunkEnd() : false;
            }

            if (!unread.StartsWith("\r\n"u8))
            {
                throw BadChunkEnd();
            }

            at = 2;
            _state = ChunkState.Size;
            return true;
        }

        if (!AnswerLine.TryTake(unread, ref at, out var line))
        {
            CheckRoom(unread.Length);
            return false;
        }

        CheckRoom(line.Length);
        if (_state == ChunkState.Size)
        {
            ReadSize(line);
        }
        else if (!line.IsEmpty)
        {
            ReadTrailer(line);
        }
        else
        {
            _state = ChunkState.Ended;
        }

        return true;
    }

    private void CheckRoom(int bytes)
    {
        if (bytes > (_state == ChunkState.Size ? MaxLineBytes : _trailerRoom))
        {
            throw AnswerLine.TooLong(_state == ChunkState.Size ? "bytes before a chunk" : "bytes of trailers");
        }
    }

    private void ReadSize(ReadOnlySpan<byte> line)
    {
        var size = 0L;
        var digits = 0;
        while (digits < line.Length && char.IsAsciiHexDigit((char)line[digits]))
        {
            // The digit must leave room for the sign.
            if (size >> 59 != 0)
            {
                throw AnswerLine.Invalid("a chunk has more bytes than can be counted");
            }

            size = (size << 4) | HexOf(line[digits]);
            digits++;
        }

        var extensions = line[digits..];
        if (digits == 0 || (!extensions.IsEmpty && !extensions.TrimStart(" \t"u8).StartsWith(";"u8)) || extensions.ContainsAny(FieldLine.Controls))
        {
            throw AnswerLine.Invalid("the size of a chunk is no number");
        }

        _extensionBytes += extensions.Length;
        if (_extensionBytes > MaxExtensionBytes)
        {
            throw AnswerLine.TooLong("bytes of chunk extensions");
        }

        _left = size;
        _state = size == 0 ? ChunkState.Trailers : ChunkState.Data;
    }

    private void ReadTrailer(ReadOnlySpan<byte> line)
    {
        _trailerRoom -= line.Length + 2;
        if (!FieldLine.TryRead(line, out var name, out var value))
        {
            throw AnswerLine.Invalid("a line of its trailers is no header");
        }

        var key = AnswerNames.Of(name);
        if (AnswerNames.MayStandInTrailers(key))
        {
            _trailers!.TryAddWithoutValidation(key, HeaderText.Encoding.GetString(value));
        }
    }

    private void End(bool isWhole)
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            connection.EndAnswer(isWhole);
        }
    }

    private static long HexOf(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static HttpIOException CutOff() => new(HttpRequestError.ResponseEnded, "The destination closed the connection before its answer was whole.");

    private static HttpIOException BadChunkEnd() => AnswerLine.Invalid("a chunk is followed by something else than the end of its line");
}
