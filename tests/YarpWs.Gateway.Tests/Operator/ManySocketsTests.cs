using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Gateway.Operator;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Operator;

/// <summary>The table of sockets at the size of a busy gateway. Times are printed, not judged.</summary>
public sealed class ManySocketsTests
{
    private const int Count = 50_000;

    private readonly SocketTable _table = new();
    private readonly DeadlineWheel _wheel = new(TimeProvider.System, NullLogger<DeadlineWheel>.Instance);
    private readonly SocketPages _pages;

    public ManySocketsTests()
    {
        var options = new SocketOptions();
        var ends = new SocketEnds(Stream.Null, Stream.Null, WebSocketExtensions.None, () => { });
        for (var i = 0; i < Count; i++)
        {
            var origin = new SocketOrigin
            {
                Id = _table.NextId(),
                Route = i % 2 == 0 ? "ws" : "client",
                Cluster = "backend",
                Destination = "d" + (i % 10),
                Address = "http://127.0.0.1/",
                Path = "/ws/start/blue",
                Login = new Login { User = "user" + (i % 1000) },
                TraceId = "-",
            };
            _table.Add(new LiveSocket(origin, ends, options, _wheel, TimeProvider.System));
        }

        _pages = new SocketPages(_table, new EndedSockets(TimeProvider.System), new SocketTotals(_table), _wheel, TimeProvider.System, NullLogger<SocketPages>.Instance);
    }

    [Theory]
    [InlineData("", "", Count, 100)]
    [InlineData("", "?limit=1000", Count, 1000)]
    [InlineData("", "?after=49990", Count, 10)]
    [InlineData("", "?user=user7", 50, 50)]
    [InlineData("", "?destination=d3&route=client&cluster=backend&closing=false&minAge=0&limit=10", 5_000, 10)]
    [InlineData("", "?minRoundTrip=0", 0, 0)]
    [InlineData("/totals", "", Count, 2)]
    public async Task Page_HasWhatWasAskedFor(string path, string query, int found, int shown)
    {
        var page = await AskAsync(path, query);
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            var before = Stopwatch.GetTimestamp();
            page = await AskAsync(path, query);
            best = Stopwatch.GetElapsedTime(before) is var took && took < best ? took : best;
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"/sockets{path}{query}: {best.TotalMilliseconds:F1} ms at {Count} sockets, the best of 10"));
        var isTotals = path.Length > 0;
        Assert.Equal(found, page.GetProperty(isTotals ? "open" : "found").GetInt32());
        Assert.Equal(shown, page.GetProperty(isTotals ? "routes" : "sockets").GetArrayLength());
    }

    private async Task<JsonElement> AskAsync(string path, string query)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.QueryString = new QueryString(query);
        context.Response.Body = body;
        await _pages.AnswerAsync(context, path);
        body.Position = 0;
        return (await JsonDocument.ParseAsync(body, cancellationToken: Deadline.Token())).RootElement;
    }
}
