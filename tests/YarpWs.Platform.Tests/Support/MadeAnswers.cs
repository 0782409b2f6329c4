using System.Text;

namespace YarpWs.Tests.Support;

/// <summary>Answers of HTTP/1 by chance, of every kind of framing, half of them spoilt. A character stands for each byte.</summary>
internal static class MadeAnswers
{
    private static readonly string[] Statuses = ["200 OK", "200", "200 ", "204 No Content", "304 Not Modified", "404 Not Found", "500 Gr\u00fc\u00dfe", "299 x"];
    private static readonly string[] Interims = ["", "", "", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"];
    private static readonly string[] Fields =
    [
        "Content-Type: text/plain", "X-Own: a\tb", "x-own:", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2", "ETag: \"1\"", "X-Caf\u00c3: 1", "X-Bytes: \u0080\u00ff", "Connection: keep-alive",
        "Connection: close", "Connection: x, Close", "Date: Mon, 01 Jan 2024 00:00:00 GMT", "Warning: 110 - \"stale\"", "Location: /a b", "Vary: *", "Server: a/1 (b)", "Content-Encoding: gzip",
    ];

    /// <param name="random">Decides everything.</param>
    /// <param name="hasInterims">Whether some have interim answers (1xx) before them.</param>
    public static string Next(Random random, bool hasInterims = true)
    {
        var body = new string('b', random.Next(4) switch { 0 => 0, 1 => random.Next(20), 2 => random.Next(2000), _ => random.Next(70_000) });
        var text = new StringBuilder(hasInterims ? One(random, Interims) : "").Append(random.Next(12) == 0 ? "HTTP/1.0 " : "HTTP/1.1 ").Append(One(random, Statuses)).Append("\r\n");
        List<string> fields = [.. Enumerable.Range(0, random.Next(6)).Select(_ => One(random, Fields))];
        var isChunked = false;
        switch (random.Next(10))
        {
            case < 4:
                fields.Insert(random.Next(fields.Count + 1), $"Content-Length: {body.Length}");
                break;
            case < 8:
                fields.Insert(random.Next(fields.Count + 1), "Transfer-Encoding: chunked");
                isChunked = true;
                break;
            case 8:
                fields.Add($"Content-Length: {body.Length + random.Next(-1, 2)}");
                break;
        }

        fields.ForEach(field => text.Append(field).Append("\r\n"));
        text.Append("\r\n").Append(isChunked ? Chunked(random, body) : body);
        return random.Next(2) == 0 ? text.ToString() : Spoil(random, text);
    }

    private static string Chunked(Random random, string body)
    {
        var text = new StringBuilder();
        for (var at = 0; at < body.Length;)
        {
            var size = Math.Min(body.Length - at, 1 + random.Next(random.Next(2) == 0 ? 10 : 30_000));
            text.Append($"{size:x}").Append(random.Next(5) == 0 ? ";a=b" : "").Append("\r\n").Append(body, at, size).Append("\r\n");
            at += size;
        }

        return text.Append("0\r\n").Append(random.Next(4) == 0 ? "X-Sum: 1\r\n" : "").Append("\r\n").ToString();
    }

    /// <summary>Changes a byte or a few, mostly where it hurts.</summary>
    private static string Spoil(Random random, StringBuilder text)
    {
        for (var times = 1 + random.Next(3); times > 0 && text.Length > 4; times--)
        {
            var at = random.Next(Math.Min(text.Length, 300));
            switch (random.Next(7))
            {
                case 0:
                    text.Remove(at, Math.Min(1 + random.Next(3), text.Length - at));
                    break;
                case 1:
                    text.Insert(at, "\r\n \t:,;0\0"[random.Next(9)]);
                    break;
                case 2:
                    text[at] = (char)random.Next(256);
                    break;
                case 3:
                    text.Replace("\r\n", "\n", at, Math.Min(40, text.Length - at));
                    break;
                case 4:
                    text.Insert(at, One(random, ["\r\nContent-Length: 5", "\r\nTransfer-Encoding: chunked", "\r\nTransfer-Encoding: gzip", "\r\nContent-Length: 05, 5", "\r\n X: folded"]));
                    break;
                case 5:
                    text.Length = at;
                    break;
                case 6:
                    text.Append("more");
                    break;
            }
        }

        return text.ToString();
    }

    /// <summary>Where it is cut into pieces, in order.</summary>
    public static List<int> Cuts(Random random, int length) =>
        length < 2 ? [] : [.. Enumerable.Range(0, random.Next(6)).Select(_ => 1 + random.Next(random.Next(2) == 0 ? Math.Min(length - 1, 200) : length - 1)).Distinct().Order()];

    private static T One<T>(Random random, T[] all) => all[random.Next(all.Length)];

    /// <summary>The beginning of it, for a failure.</summary>
    public static string Show(string answer) => string.Concat(answer.Take(600).Select(letter => letter is >= ' ' and <= '~' ? letter.ToString() : $"\\x{(int)letter:x2}"));
}
