using System.Buffers;
using System.Net.Http.Headers;

namespace YarpWs.Gateway.Requests;

/// <summary>The head of a request of HTTP/1.1 (RFC 9112, sections 3 and 5), as the platform's client would write it.</summary>
internal static class RequestHead
{
    /// <summary>The framing of a content that is empty.</summary>
    public const string NoContent = "Content-Length: 0\r\n";

    private const string Host = "Host";
    private const string ContentLength = "Content-Length";

    /// <summary>What a value may hold (RFC 9110, section 5.5), bytes beyond ASCII included.</summary>
    private static readonly SearchValues<char> ValueChars = SearchValues.Create("\t" + Chars(' ', '~') + Chars('\u0080', '\u00FF'));

    private static readonly SearchValues<char> TargetChars = SearchValues.Create(Chars('!', '~'));

    /// <summary>What would end a line, or a request, before its time.</summary>
    private static readonly SearchValues<char> Ends = SearchValues.Create("\r\n\0");

    /// <summary>Null for what the platform's client decides: a value of control characters or beyond Latin-1, two words for the host.</summary>
    /// <param name="request">Without content, or with one whose framing is given.</param>
    /// <param name="framing">The line that says how long the content is, with its end; null where there is none, which the methods say that may have some.</param>
    /// <exception cref="HttpRequestException">Its target or a header of it would be more than one.</exception>
    public static byte[]? Write(HttpRequestMessage request, string? framing)
    {
        var uri = request.RequestUri!;
        var target = uri.PathAndQuery;
        if (target.AsSpan().ContainsAnyExcept(TargetChars))
        {
            throw new HttpRequestException("The target of a request holds visible ASCII characters only.");
        }

        var headers = request.Headers.NonValidated;
        var content = request.Content?.Headers.NonValidated ?? default;
        var host = request.Headers.Host is null ? Authority(uri) : null;
        if ((host is not null && headers.Contains(Host)) || Measure(headers) is not { } own || Measure(content) is not { } ofContent)
        {
            return null;
        }

        var method = request.Method.Method;
        var end = framing ?? (SaysLength(request.Method) ? NoContent : "");
        var writer = new Writer(method.Length + "  HTTP/1.1\r\n\r\n".Length + target.Length + (host is null ? 0 : Host.Length + host.Length + 4) + own + ofContent + end.Length);
        writer.Add(method);
        writer.Add(" ");
        writer.Add(target);
        writer.Add(" HTTP/1.1\r\n");
        if (host is not null)
        {
            writer.AddLine(Host, host);
        }

        writer.AddLines(headers);
        writer.AddLines(content);
        writer.Add(end);
        writer.Add("\r\n");
        return writer.Bytes;
    }

    /// <summary>Whether a request without content says so, because one of its method may have some (RFC 9110, section 8.6).</summary>
    private static bool SaysLength(HttpMethod method) =>
        method != HttpMethod.Get && method != HttpMethod.Head && method != HttpMethod.Options && method != HttpMethod.Delete;

    private static int? Measure(HttpHeadersNonValidated headers)
    {
        var length = 0;
        foreach (var header in headers)
        {
            var value = header.Value.ToString();
            if (value.AsSpan().ContainsAnyExcept(ValueChars))
            {
                return value.AsSpan().ContainsAny(Ends) ? throw new HttpRequestException($"The header {header.Key} holds the end of a line.") : null;
            }

            length += IsLength(header.Key) ? 0 : header.Key.Length + value.Length + 4;
        }

        return length;
    }

    private static bool IsLength(string name) => name.Equals(ContentLength, StringComparison.OrdinalIgnoreCase);

    private static string Authority(Uri uri)
    {
        // IdnHost has no brackets around an IPv6 address.
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost;
        return uri.IsDefaultPort ? host : $"{host}:{uri.Port}";
    }

    private static string Chars(char first, char last) => string.Concat(Enumerable.Range(first, last - first + 1).Select(value => (char)value));

    private ref struct Writer(int length)
    {
        private int _count;

        public byte[] Bytes { get; } = new byte[length];

        public void Add(string text) => _count += HeaderText.Encoding.GetBytes(text, Bytes.AsSpan(_count));

        public void AddLine(string name, string value)
        {
            Add(name);
            Add(": ");
            Add(value);
            Add("\r\n");
        }

        /// <summary>But how long the content is, which stands in its framing.</summary>
        public void AddLines(HttpHeadersNonValidated headers)
        {
            foreach (var header in headers)
            {
                if (!IsLength(header.Key))
                {
                    AddLine(header.Key, header.Value.ToString());
                }
            }
        }
    }
}
