using System.Runtime.InteropServices;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>
/// The bytes of an answer's content, without their framing (RFC 9112, sections 6 and 7), as they stand in the connection's buffer. Whoever reads to its end has all of it:
/// an answer that is cut off fails.
/// </summary>
/// <param name="connection">What it has read behind the head begins with the content.</param>
/// <param name="maxTrailerBytes">Most bytes that the trailers may have.</param>
internal sealed class AnswerBody(DestinationConnection connection, int maxTrailerBytes)
{
    /// <summary>Of the line before a chunk, with its extensions, which nobody needs.</summary>
    private const int MaxLineBytes = 4096;

    /// <summary>Of all extensions together: they cost, and bring nothing.</summary>
    private const int MaxExtensionBytes = 16 << 10;

    private readonly List<AnswerField> _trailers = [];
    private ContentFraming _framing;
    private ChunkState _state;
    private long _left;
    private int _extensionBytes;
    private int _trailerRoom;

    private enum ChunkState
    {
        Size,
        Data,
        DataEnd,
        Trailers,
        Ended,
    }

    /// <summary>Whether all of it was read.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether its end is known by the end of the connection alone.</summary>
    public bool EndsWithConnection => _framing == ContentFraming.Close;

    /// <summary>How many bytes are known to come.</summary>
    public long Wanted => _framing == ContentFraming.Close ? long.MaxValue : _left;

    /// <summary>What stood behind its last chunk.</summary>
    public ReadOnlySpan<AnswerField> Trailers => CollectionsMarshal.AsSpan(_trailers);

    /// <summary>That of another answer begins.</summary>
    /// <param name="head">Says how it is framed.</param>
    public void Begin(AnswerHead head)
    {
        _framing = head.Framing;
        _left = _framing == ContentFraming.Length ? head.Length!.Value : 0;
        _state = ChunkState.Size;
        _extensionBytes = 0;
        _trailerRoom = maxTrailerBytes;
        _trailers.Clear();
        IsEnded = _framing == ContentFraming.None || (_framing == ContentFraming.Length && _left == 0);
    }

    /// <summary>Takes what has come. False when more has to be read for it to say anything.</summary>
    /// <param name="piece">Stands there until more is read; empty where nothing was left but the end.</param>
    /// <exception cref="HttpIOException">The content is invalid.</exception>
    public bool TryTake(out ReadOnlyMemory<byte> piece)
    {
        if (_framing == ContentFraming.Chunked && !IsEnded)
        {
            return TryTakeChunks(out piece);
        }

        var unread = connection.Unread;
        if (IsEnded || unread.IsEmpty)
        {
            piece = default;
            return IsEnded;
        }

        var count = _framing == ContentFraming.Length ? (int)Math.Min(unread.Length, _left) : unread.Length;
        piece = unread[..count];
        connection.Take(count);
        if (_framing == ContentFraming.Length)
        {
            _left -= count;
            IsEnded = _left == 0;
        }

        return true;
    }

    /// <summary>The destination has ended the connection.</summary>
    /// <exception cref="HttpIOException">Before the content.</exception>
    public void EndWithConnection() => IsEnded = EndsWithConnection ? true : throw new HttpIOException(HttpRequestError.ResponseEnded, "The destination closed the connection before its answer was whole.");

    /// <summary>Chunks that have come together are put together, and the end of the last is read with them: the client is sent them at once.</summary>
    private bool TryTakeChunks(out ReadOnlyMemory<byte> piece)
    {
        Memory<byte> taken = default;
        while (true)
        {
            var unread = connection.Unread;
            if (_state == ChunkState.Data)
            {
                if (unread.IsEmpty)
                {
                    break;
                }

                var count = (int)Math.Min(unread.Length, _left);
                taken = taken.IsEmpty ? unread[..count] : Join(taken, unread[..count]);
                connection.Take(count);
                _left -= count;
                if (_left == 0)
                {
                    _state = ChunkState.DataEnd;
                }

                continue;
            }

            var at = 0;
            var isRead = TryReadFrame(unread.Span, ref at);
            connection.Take(at);
            if (_state == ChunkState.Ended)
            {
                IsEnded = true;
                break;
            }

            if (!isRead)
            {
                break;
            }
        }

        piece = taken;
        return IsEnded || !taken.IsEmpty;
    }

    /// <summary>Both stand in the same buffer, the second behind the first and the line between them.</summary>
    private static Memory<byte> Join(Memory<byte> first, Memory<byte> second)
    {
        MemoryMarshal.TryGetArray<byte>(first, out var array);
        var joined = array.Array.AsMemory(array.Offset, first.Length + second.Length);
        second.CopyTo(joined[first.Length..]);
        return joined;
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
            _trailers.Add(new AnswerField(key, HeaderText.Encoding.GetString(value)));
        }
    }

    private static long HexOf(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static HttpIOException BadChunkEnd() => AnswerLine.Invalid("a chunk is followed by something else than the end of its line");
}
