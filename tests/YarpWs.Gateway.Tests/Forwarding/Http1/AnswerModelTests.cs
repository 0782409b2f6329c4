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
            var answer = MadeAnswers.Next(random);
            var cuts = MadeAnswers.Cuts(random, answer.Length);

            var own = await _destination.OfAsync(_destination.Own, answer, cuts, method);
            var platforms = await _destination.OfAsync(_destination.Platform, answer, cuts, method);

            var isAlike = own.IsWhole ? own == platforms : !platforms.IsWhole || Array.Exists(Strictnesses, reason => own.Failure!.Message.Contains(reason, StringComparison.Ordinal));
            Assert.True(isAlike, $"{SeedVariable}={seed}, answer {number} to {method}, cut at {string.Join(", ", cuts)}:\n{MadeAnswers.Show(answer)}\nown: {own}\nplatform's: {platforms}");
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
}
