using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text;
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
/// <param name="method">That of the request.</param>
/// <param name="maxBytes">Most bytes that the head, and each one before it, may have.</param>
internal sealed class AnswerHead(HttpMethod method, int maxBytes)
{
    /// <summary>A destination that is alive says so a few times; more is no answer.</summary>
    private const int MaxInterim = 32;

    /// <summary>"HTTP/1.1 200", behind which a reason may follow.</summary>
    private const int StatusLength = 12;

    private HttpResponseMessage? _answer;
    private long? _length;
    private int _bytes;
    private int _interim;
    private bool _hasCoding;
    private bool _isHttp10;
    private bool _closes;

    /// <summary>The answer, without its content. Only when the head is whole, as what follows.</summary>
    public HttpResponseMessage Answer => _answer!;

    public ContentFraming Framing { get; private set; }

    /// <summary>Bytes of the content, where <see cref="Framing"/> says that they are known.</summary>
    public long Length => _length ?? 0;

    /// <summary>Whether the destination says that it closes the connection behind this answer.</summary>
    public bool SaysClose => _closes;

    /// <summary>Whether the destination goes on with the connection behind this answer, as far as its head says (RFC 9112, section 9.3).</summary>
    public bool KeepsConnection => !_closes && !_isHttp10 && Framing != ContentFraming.Close && Answer.StatusCode != HttpStatusCode.SwitchingProtocols;

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
            if (_answer is null)
            {
                ReadStatus(line);
            }
            else if (!line.IsEmpty)
            {
                ReadField(line);
            }
            else if ((int)_answer.StatusCode is >= 200 or 101)
            {
                Framing = Frame();
                return true;
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
        var status = ((line[9] - '0') * 100) + ((line[10] - '0') * 10) + (line[11] - '0');
        var reason = line.Length > StatusLength ? line[(StatusLength + 1)..] : [];
        _answer = Begin((HttpStatusCode)status, _isHttp10 ? HttpVersion.Version10 : HttpVersion.Version11, reason.SequenceEqual("OK"u8) ? "OK" : HeaderText.Encoding.GetString(reason));
    }

    private static HttpResponseMessage Begin(HttpStatusCode status, Version version, string reason) =>
        new(status) { Version = version, ReasonPhrase = reason, Content = new AnswerContent() };

    private void ReadField(ReadOnlySpan<byte> line)
    {
        if (!FieldLine.TryRead(line, out var name, out var value))
        {
            throw AnswerLine.Invalid("a line of its head is no header");
        }

        if (Ascii.EqualsIgnoreCase(name, "Content-Length"u8))
        {
            // Told without zeros in front, which some readers take for another base.
            _length = ReadLength(value);
            Add("Content-Length", _length.Value.ToString(CultureInfo.InvariantCulture));
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

        Add(AnswerNames.Of(name), HeaderText.Encoding.GetString(value));
    }

    private void Add(string key, string text)
    {
        if (!_answer!.Headers.TryAddWithoutValidation(key, text))
        {
            _answer.Content.Headers.TryAddWithoutValidation(key, text);
        }
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

        if (method == HttpMethod.Head || _answer!.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified or HttpStatusCode.SwitchingProtocols)
        {
            return ContentFraming.None;
        }

        return _hasCoding ? ContentFraming.Chunked : _length is not null ? ContentFraming.Length : ContentFraming.Close;
    }

    private void Forget()
    {
        if (++_interim > MaxInterim)
        {
            throw AnswerLine.TooLong("interim answers");
        }

        _answer!.Dispose();
        _answer = null;
        _length = null;
        _bytes = 0;
        _hasCoding = _closes = false;
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
