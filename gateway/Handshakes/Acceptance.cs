using System.Net;
using System.Text;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Handshakes;

/// <summary>The answer of a destination that accepts a handshake: a 101 of HTTP/1.1 (RFC 9112, sections 4 and 5).</summary>
internal static class Acceptance
{
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
        if (reason.ContainsAny(FieldLine.Controls))
        {
            return null;
        }

        if (!reason.SequenceEqual("Switching Protocols"u8))
        {
            accepted.ReasonPhrase = HeaderText.Encoding.GetString(reason);
        }

        while (NextLine(ref head) is { IsEmpty: false } line)
        {
            if (!FieldLine.TryRead(line, out var name, out var value) || !accepted.Headers.TryAddWithoutValidation(Encoding.ASCII.GetString(name), HeaderText.Encoding.GetString(value)))
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
