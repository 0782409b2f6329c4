using System.Text;

namespace YarpWs.Gateway.Tests.Forwarding.Http1;

/// <summary>
/// The same bytes, cut anywhere, through the gateway's client and the platform's: both make the same of them, and where one refuses what the other takes, it is the
/// gateway's, for a reason that stands here.
/// </summary>
public sealed class AnswerModelTests : IDisposable
{
    private const string SeedVariable = "YARPWS_ANSWERS_SEED";
    private const string CountVariable = "YARPWS_ANSWERS";

    /// <summary>Why an answer is refused that the platform's client takes. Where it ends, or what a line of it says, others could read otherwise.</summary>
    private static readonly string[] Strictnesses =
    [
        "a line ends in LF without CR",
        "a line of its head is no header",
        "a line of its trailers is no header",
        "a chunk is followed by something else than the end of its line",
        "it begins with no status line of HTTP/1",
        "it has both Content-Length and Transfer-Encoding",
        "it has several Content-Length",
        "its Content-Length is no number",
        "its Transfer-Encoding is not one chunked",
        "HTTP/1.0 has no Transfer-Encoding",
        "the size of a chunk is no number",
    ];

    private static readonly string[] Statuses = ["200 OK", "200", "200 ", "204 No Content", "304 Not Modified", "404 Not Found", "500 Gr\u00fc\u00dfe", "299 x"];
    private static readonly string[] Interims = ["", "", "", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"];
    private static readonly string[] Fields =
    [
        "Content-Type: text/plain", "X-Own: a\tb", "x-own:", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2", "ETag: \"1\"", "X-Caf\u00c3: 1", "X-Bytes: \u0080\u00ff", "Connection: keep-alive",
        "Connection: close", "Connection: x, Close", "Date: Mon, 01 Jan 2024 00:00:00 GMT", "Warning: 110 - \"stale\"", "Location: /a b", "Vary: *", "Server: a/1 (b)", "Content-Encoding: gzip",
    ];

    private readonly AnsweringDestination _destination = new();

    public void Dispose() => _destination.Dispose();

    [Fact]
    public async Task Answer_IsReadAsByThePlatformsClient_OrRefusedForAReason()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out var given) ? given : Environment.TickCount;
        var count = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), out var wanted) ? wanted : 1500;
        var random = new Random(seed);
        for (var number = 0; number < count; number++)
        {
            var method = random.Next(8) == 0 ? "HEAD" : "GET";
            var answer = Make(random);
            var cuts = Cuts(random, answer.Length);

            var own = await _destination.OfAsync(_destination.Own, answer, cuts, method);
            var platforms = await _destination.OfAsync(_destination.Platform, answer, cuts, method);

            var isAlike = own.IsWhole ? own == platforms : !platforms.IsWhole || Array.Exists(Strictnesses, reason => own.Failure!.Message.Contains(reason, StringComparison.Ordinal));
            Assert.True(isAlike, $"{SeedVariable}={seed}, answer {number} to {method}, cut at {string.Join(", ", cuts)}:\n{Escape(answer)}\nown: {own}\nplatform's: {platforms}");
        }
    }

    /// <summary>Every place where one answer of each kind can be cut in two.</summary>
    [Theory]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 11\r\nX-Own: 1\r\n\r\nhello again")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n again\r\n0\r\nX-Sum: 1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nhello again")]
    public async Task Answer_CutAnywhere_IsTheSame(string answer)
    {
        var whole = await _destination.OwnAsync(answer);
        Assert.Contains(" = hello again", whole.Text, StringComparison.Ordinal);

        for (var cut = 1; cut < answer.Length; cut++)
        {
            Assert.Equal(whole, await _destination.OfAsync(_destination.Own, answer, [cut]));
        }

        Assert.Equal(whole, await _destination.OfAsync(_destination.Own, answer, [.. Enumerable.Range(1, answer.Length - 1)]));
    }

    private static string Make(Random random)
    {
        var body = new string('b', random.Next(4) switch { 0 => 0, 1 => random.Next(20), 2 => random.Next(2000), _ => random.Next(70_000) });
        var text = new StringBuilder(One(random, Interims)).Append(random.Next(12) == 0 ? "HTTP/1.0 " : "HTTP/1.1 ").Append(One(random, Statuses)).Append("\r\n");
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

    private static List<int> Cuts(Random random, int length) =>
        length < 2 ? [] : [.. Enumerable.Range(0, random.Next(6)).Select(_ => 1 + random.Next(random.Next(2) == 0 ? Math.Min(length - 1, 200) : length - 1)).Distinct().Order()];

    private static T One<T>(Random random, T[] all) => all[random.Next(all.Length)];

    private static string Escape(string answer) => string.Concat(answer.Take(600).Select(letter => letter is >= ' ' and <= '~' ? letter.ToString() : $"\\x{(int)letter:x2}"));
}
