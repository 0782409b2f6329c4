using System.Buffers;
using System.Net;
using System.Text;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Handshakes;

/// <summary>The answer of a destination that accepts a handshake: a 101 of HTTP/1.1 (RFC 9112, sections 4 and 5).</summary>
internal static class Acceptance
{
    /// <summary>What no line may hold: control characters but the tab, and so no half of a line's end either.</summary>
    private static readonly SearchValues<byte> Controls = SearchValues.Create([.. Enumerable.Range(0, 32).Where(value => value != '\t').Select(value => (byte)value), 0x7F]);

    /// <summary>What a name is made of (RFC 9110, section 5.6.2).</summary>
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static ReadOnlySpan<byte> Status => "HTTP/1.1 101 "u8;

    private static ReadOnlySpan<byte> End => "\r\n\r\n"u8;

    /// <summary>Whether an answer that begins like this may become one when there is more of it. A line that ends in a bare LF ends for others all the same.</summary>
    public static bool MayBecome(ReadOnlySpan<byte> begun) =>
        begun.StartsWith(Status[..Math.Min(Status.Length, begun.Length)]) && begun.IndexOf(End) < 0 && begun.Count((byte)'\n') == begun.Count("\r\n"u8);

    /// <summary>Null for anything else: a head that has not ended, another status, a folded or a faulty line, a header that describes content.</summary>
    /// <param name="answer">As far as it has been read.</param>
    /// <param name="length">That of the head.</param>
    public static HttpResponseMessage? Read(ReadOnlySpan<byte> answer, out int length)
    {
        length = answer.IndexOf(End) + End.Length;
        if (length < End.Length || !answer.StartsWith(Status))
        {
            return null;
        }

        var head = answer[..length];
        var accepted = new HttpResponseMessage(HttpStatusCode.SwitchingProtocols);
        var reason = NextLine(ref head)[Status.Length..];
        if (reason.ContainsAny(Controls))
        {
            return null;
        }

        if (!reason.SequenceEqual("Switching Protocols"u8))
        {
            accepted.ReasonPhrase = HeaderText.Encoding.GetString(reason);
        }

        while (NextLine(ref head) is { IsEmpty: false } line)
        {
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[..colon].ContainsAnyExcept(NameBytes) || line.ContainsAny(Controls)
                || !accepted.Headers.TryAddWithoutValidation(Encoding.ASCII.GetString(line[..colon]), HeaderText.Encoding.GetString(line[(colon + 1)..].Trim(" \t"u8))))
            {
                return null;
            }
        }

        return accepted;
    }

    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> head)
    {
        var end = head.IndexOf("\r\n"u8);
        var line = head[..end];
        head = head[(end + 2)..];
        return line;
    }
}
