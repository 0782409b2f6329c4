using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Frames;
using YarpWs.Gateway.Tests.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Sockets;

public sealed class SocketTotalsTests
{
    private const int Count = 5_000;

    private readonly DeadlineWheel _wheel = new(TimeProvider.System, NullLogger<DeadlineWheel>.Instance);
    private readonly SocketTable _table = new();

    [Fact]
    public async Task Sum_IsTheSame_HoweverManySocketsEndWhileItIsMade()
    {
        var totals = new SocketTotals(_table);
        var sockets = Enumerable.Range(1, Count).Select(id => Open(id)).ToList();
        var ends = Task.Run(() => sockets.ForEach(totals.End), Deadline.Token());

        do
        {
            Assert.Equal(Count, totals.TrafficByRoute()["ws"].MessagesIn);
        }
        while (!ends.IsCompleted);
        await ends;

        Assert.Equal((0, Count), (_table.Count, totals.TrafficByRoute()["ws"].MessagesIn));
    }

    /// <summary>One that has carried a message.</summary>
    private LiveSocket Open(long id)
    {
        var origin = new SocketOrigin { Id = id, Route = "ws", Cluster = "backend", Destination = "a", Address = "http://a/", Path = "/ws", TraceId = "-" };
        var socket = new LiveSocket(origin, new SocketEnds(Stream.Null, Stream.Null, WebSocketExtensions.None, () => { }), new SocketOptions(), _wheel, TimeProvider.System);
        socket.Client.Frames.Scan(WireFrame.Message("one", masked: true));
        _table.Add(socket);
        return socket;
    }
}
