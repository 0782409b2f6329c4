using Microsoft.Extensions.Options;
using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Tests.Node;

namespace YarpWs.Backend.Tests.Connections;

public sealed class ConnectionTableTests
{
    [Fact]
    public void Add_BeyondTheLimit_IsRefused_UntilOneLeaves()
    {
        var table = Table(maxConnections: 2);
        var first = TestConnection.New();

        Assert.True(table.TryAdd(first));
        Assert.True(table.TryAdd(TestConnection.New()));
        Assert.False(table.TryAdd(TestConnection.New()));
        Assert.False(table.TryAdd(TestConnection.New()));

        table.Remove(first);
        Assert.True(table.TryAdd(TestConnection.New()));
        Assert.Equal(2, table.Connections.Count());
    }

    [Fact]
    public void Add_WhileDraining_IsRefused()
    {
        var table = Table();
        table.TryAdd(TestConnection.New());

        _ = table.DrainAsync();

        Assert.True(table.IsDraining);
        Assert.False(table.TryAdd(TestConnection.New()));
        Assert.Single(table.Connections);
    }

    [Fact]
    public async Task Drain_OfAnEmptyTable_IsCompleteAtOnce()
    {
        await Table().DrainAsync().WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Drain_IsComplete_WhenTheLastOneLeaves()
    {
        var table = Table();
        var (ann, ben) = (TestConnection.New(), TestConnection.New());
        table.TryAdd(ann);
        table.TryAdd(ben);

        var drained = table.DrainAsync();
        table.Remove(ann);
        Assert.False(drained.IsCompleted);

        table.Remove(ben);
        await drained.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Connection_TakenWhileTheDrainBegins_IsSeenByIt_OrToldToLeave()
    {
        for (var i = 0; i < 20_000; i++)
        {
            var (table, connection) = (Table(), TestConnection.New());
            var ready = 0;
            var adding = Task.Run(() =>
            {
                Meet(ref ready);
                return table.TryAdd(connection);
            }, TestContext.Current.CancellationToken);

            Meet(ref ready);
            _ = table.DrainAsync();
            var isSeen = table.Connections.Any();

            if (await adding && !isSeen)
            {
                await using var client = new TestConnection(connection);
                await client.Client.ExpectCloseAsync(CloseCode.ServiceRestart);
            }
        }
    }

    /// <summary>Returns on both threads within nanoseconds: a barrier would wake one of them too late to race.</summary>
    private static void Meet(ref int ready)
    {
        Interlocked.Increment(ref ready);
        for (var spin = new SpinWait(); Volatile.Read(ref ready) < 2;)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    private static ConnectionTable Table(int maxConnections = 10) =>
        new(Options.Create(new ConnectionOptions { MaxConnections = maxConnections }));
}
