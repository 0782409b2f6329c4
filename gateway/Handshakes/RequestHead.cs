using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Handshakes;

/// <summary>The head of a request (RFC 9112, sections 3 and 5), as the platform's client would write it.</summary>
internal static class RequestHead
{
    private const string Host = "Host";
    private const string NoContent = "Content-Length: 0\r\n";

    /// <summary>What a value may hold (RFC 9110, section 5.5), bytes beyond ASCII included.</summary>
    private static readonly SearchValues<char> ValueChars = SearchValues.Create("\t" + Chars(' ', '~') + Chars('\u0080', '\u00FF'));

    private static readonly SearchValues<char> TargetChars = SearchValues.Create(Chars('!', '~'));

    /// <summary>What would end a line, or a request, before its time.</summary>
    private static readonly SearchValues<char> Ends = SearchValues.Create("\r\n\0");

    /// <summary>Null for a request that asks for no upgrade over plain HTTP/1.1, or holds control characters: the platform's client decides it.</summary>
    /// <exception cref="HttpRequestException">Its target or a header of it would be more than one.</exception>
    public static byte[]? Write(HttpRequestMessage request)
    {
        var headers = request.Headers.NonValidated;
        if (request.RequestUri is not { } uri || uri.Scheme != Uri.UriSchemeHttp
            || request.Version != HttpVersion.Version11 || request.Content is not null || !headers.Contains("Upgrade"))
        {
            return null;
        }

        var target = uri.PathAndQuery;
        if (target.AsSpan().ContainsAnyExcept(TargetChars))
        {
            throw new HttpRequestException("The target of a request holds visible ASCII characters only.");
        }

        var host = request.Headers.Host is null ? Authority(uri) : null;
        if ((host is not null && headers.Contains(Host)) || Measure(headers) is not { } length)
        {
            return null;
        }

        var method = request.Method.Method;
        var end = SaysLength(request.Method) ? NoContent : "";
        length += method.Length + "  HTTP/1.1\r\n\r\n".Length + end.Length + target.Length + (host is null ? 0 : Host.Length + host.Length + 4);
        var writer = new Writer(length);
        writer.Add(method);
        writer.Add(" ");
        writer.Add(target);
        writer.Add(" HTTP/1.1\r\n");
        if (host is not null)
        {
            writer.AddLine(Host, host);
        }

        foreach (var header in headers)
        {
            writer.AddLine(header.Key, header.Value.ToString());
        }

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

            length += header.Key.Length + value.Length + 4;
        }

        return length;
    }

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
    }
}
