using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>How the end of an answer's content is found (RFC 9112, section 6.3).</summary>
internal enum ContentFraming
{
    /// <summary>There is none, whatever the head says: an answer to HEAD, a 204, a 304; or a 101, behind which another protocol begins.</summary>
    None,

    /// <summary>By Content-Length.</summary>
    Length,

    /// <summary>By the last chunk and the trailers.</summary>
    Chunked,

    /// <summary>By the end of the connection.</summary>
    Close,
}

/// <summary>
/// The head of an answer (RFC 9112, sections 4 to 6), read line by line as it comes. Interim answers (1xx) before it are read and dropped.
/// </summary>
/// <remarks>
/// Where two readers could differ about where an answer ends, it is refused: both Content-Length and Transfer-Encoding, several lengths though they be the same, a
/// length that is more than digits, a transfer coding other than one <c>chunked</c>, any in HTTP/1.0, a line that goes on with the one before, white space before a
/// colon, control characters, a line that ends in a bare LF.
/// </remarks>
/// <param name="maxBytes">Most bytes that the head, and each one before it, may have.</param>
internal sealed class AnswerHead(int maxBytes)
{
    /// <summary>A destination that is alive says so a few times; more is no answer.</summary>
    private const int MaxInterim = 32;

    /// <summary>"HTTP/1.1 200", behind which a reason may follow.</summary>
    private const int StatusLength = 12;

    private readonly List<AnswerField> _fields = [];
    private long? _length;
    private int _bytes;
    private int _interim;
    private bool _isHead;
    private bool _hasCoding;
    private bool _isHttp10;
    private bool _closes;

    /// <summary>What follows is that of the answer when the head is whole, until the next one begins.</summary>
    public int Status { get; private set; }

    /// <summary>Null for that which the status has by itself.</summary>
    public string? Reason { get; private set; }

    /// <summary>All lines but those of Content-Length, in their order.</summary>
    public ReadOnlySpan<AnswerField> Fields => CollectionsMarshal.AsSpan(_fields);

    public ContentFraming Framing { get; private set; }

    /// <summary>What Content-Length says; null where there is none.</summary>
    public long? Length => _length;

    /// <summary>Whether the destination goes on with the connection behind this answer, as far as its head says (RFC 9112, section 9.3).</summary>
    public bool KeepsConnection => !_closes && !_isHttp10 && Framing != ContentFraming.Close && Status != StatusCodes.Status101SwitchingProtocols;

    /// <summary>The head of another answer begins.</summary>
    /// <param name="isHead">Whether that is one to a HEAD.</param>
    public void Begin(bool isHead)
    {
        (_isHead, _interim) = (isHead, 0);
        Forget();
    }

    /// <summary>Forgets what it has read.</summary>
    public void Forget()
    {
        _fields.Clear();
        (Status, Reason, _length, _bytes) = (0, null, null, 0);
        _hasCoding = _closes = false;
    }

    /// <summary>Reads whole lines.</summary>
    /// <param name="bytes">What has come and was not read before.</param>
    /// <param name="at">How much of it was read.</param>
    /// <returns>Whether the head has ended.</returns>
    /// <exception cref="HttpIOException">It is invalid, or too long.</exception>
    public bool Read(ReadOnlySpan<byte> bytes, ref int at)
    {
        var begun = at;
        while (AnswerLine.TryTake(bytes, ref at, out var line))
        {
            Count(at - begun);
            begun = at;
            if (Status == 0)
            {
                ReadStatus(line);
            }
            else if (!line.IsEmpty)
            {
                ReadField(line);
            }
            else if (Status is >= 200 or StatusCodes.Status101SwitchingProtocols)
            {
                Framing = Frame();
                return true;
            }
            else if (++_interim > MaxInterim)
            {
                throw AnswerLine.TooLong("interim answers");
            }
            else
            {
                Forget();
            }
        }

        if (_bytes + (bytes.Length - at) > maxBytes)
        {
            throw AnswerLine.TooLong("bytes of headers");
        }

        return false;
    }

    private void Count(int bytes)
    {
        _bytes += bytes;
        if (_bytes > maxBytes)
        {
            throw AnswerLine.TooLong("bytes of headers");
        }
    }

    private void ReadStatus(ReadOnlySpan<byte> line)
    {
        if (line.Length < StatusLength || !line.StartsWith("HTTP/1."u8) || !char.IsAsciiDigit((char)line[7]) || line[8] != ' '
            || line[9] is < (byte)'1' or > (byte)'9' || !char.IsAsciiDigit((char)line[10]) || !char.IsAsciiDigit((char)line[11])
            || (line.Length > StatusLength && line[StatusLength] != ' ') || line.ContainsAny(FieldLine.Controls))
        {
            throw AnswerLine.Invalid("it begins with no status line of HTTP/1");
        }

        _isHttp10 = line[7] == '0';
        Status = ((line[9] - '0') * 100) + ((line[10] - '0') * 10) + (line[11] - '0');
        var reason = line.Length > StatusLength ? line[(StatusLength + 1)..] : [];
        Reason = Ascii.Equals(reason, ReasonPhrases.GetReasonPhrase(Status)) ? null : HeaderText.Encoding.GetString(reason);
    }

    private void ReadField(ReadOnlySpan<byte> line)
    {
        if (!FieldLine.TryRead(line, out var name, out var value))
        {
            throw AnswerLine.Invalid("a line of its head is no header");
        }

        if (Ascii.EqualsIgnoreCase(name, "Content-Length"u8))
        {
            _length = ReadLength(value);
            return;
        }

        if (Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8))
        {
            if (_hasCoding || !Ascii.EqualsIgnoreCase(value, "chunked"u8))
            {
                throw AnswerLine.Invalid("its Transfer-Encoding is not one chunked");
            }

            _hasCoding = true;
        }
        else if (Ascii.EqualsIgnoreCase(name, "Connection"u8))
        {
            _closes |= HasClose(value);
        }

        _fields.Add(new AnswerField(AnswerNames.Of(name), HeaderText.Encoding.GetString(value)));
    }

    private long ReadLength(ReadOnlySpan<byte> value)
    {
        if (_length is not null)
        {
            throw AnswerLine.Invalid("it has several Content-Length");
        }

        // The parser alone would take a sign.
        if (value.IsEmpty || value.ContainsAnyExceptInRange((byte)'0', (byte)'9') || !Utf8Parser.TryParse(value, out long length, out _))
        {
            throw AnswerLine.Invalid("its Content-Length is no number");
        }

        return length;
    }

    private ContentFraming Frame()
    {
        if (_hasCoding && (_length is not null || _isHttp10))
        {
            throw AnswerLine.Invalid(_isHttp10 ? "HTTP/1.0 has no Transfer-Encoding" : "it has both Content-Length and Transfer-Encoding");
        }

        if (_isHead || Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified or StatusCodes.Status101SwitchingProtocols)
        {
            return ContentFraming.None;
        }

        return _hasCoding ? ContentFraming.Chunked : _length is not null ? ContentFraming.Length : ContentFraming.Close;
    }

    private static bool HasClose(ReadOnlySpan<byte> list)
    {
        foreach (var range in list.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(list[range].Trim(" \t"u8), "close"u8))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>A line of an answer's head, or of its trailers.</summary>
/// <param name="Name">As the platform knows it, or as it was sent.</param>
/// <param name="Value">A character for each byte.</param>
internal readonly record struct AnswerField(string Name, string Value);
