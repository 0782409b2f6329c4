using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class LoopConnectionTests : IDisposable
{
    private readonly EventLoop _loop = new("connections", TimeProvider.System);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task HandlerOfTheEnd_WhoFails_IsLogged_AndEndsNothingElse()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        var log = new FirstLine();
        await using var connection = new LoopConnection(pair.Near, log);
        connection.ConnectionClosed.Register(() => throw new InvalidOperationException("broken handler"));

        // A reset: the end of TCP alone would only say that nothing more comes.
        pair.Far.LingerState = new LingerOption(enable: true, seconds: 0);
        pair.Far.Close();

        // Unhandled in the thread pool, it would end this process.
        Assert.Contains("broken handler", (await log.Said.Task.WaitAsync(Deadline.Token())).ToString(), StringComparison.Ordinal);
    }

    /// <summary>It may read on, unless what it asks for needs both directions.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_ThatEndsItsSendingSide_HasGone_OnceTheConnectionClosesAtItsEnd(bool isToldBefore)
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        await using var connection = new LoopConnection(pair.Near, new FirstLine());
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionClosed.Register(closed.SetResult);
        if (isToldBefore)
        {
            connection.CloseAtEnd();
        }

        pair.Far.Shutdown(SocketShutdown.Send);
        Assert.True((await connection.Input.ReadAsync(Deadline.Token())).IsCompleted);
        if (!isToldBefore)
        {
            Assert.False(closed.Task.IsCompleted);
            connection.CloseAtEnd();
        }

        await closed.Task.WaitAsync(Deadline.Token());
    }

    [Fact]
    public async Task End_ThatIsKeptInOrder_IsFoundByReadingAlone()
    {
        using var pair = await SocketPair.OpenAsync(_loop);
        await using var connection = new LoopConnection(pair.Near, new FirstLine());
        connection.CloseAtEnd();
        connection.KeepEndInOrder();

        pair.Far.LingerState = new LingerOption(enable: true, seconds: 0);
        pair.Far.Close();
        await Assert.ThrowsAnyAsync<IOException>(async () => await connection.Input.ReadAsync(Deadline.Token()));

        // What the loop and the pool were given before has run then.
        var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Start(() => Task.Run(passed.SetResult));
        await passed.Task.WaitAsync(Deadline.Token());
        Assert.False(connection.ConnectionClosed.IsCancellationRequested);
    }

    /// <summary>epoll and eventfd: a program that this process starts must not hold them open (O_CLOEXEC, fcntl(2)).</summary>
    [Fact]
    public void WhatALoopOpens_IsClosedInOtherPrograms()
    {
        const long CloseOnExec = 0x80000;
        var flags = new List<(string What, long Flags)>();
        foreach (var descriptor in Directory.GetFiles("/proc/self/fd"))
        {
            if (TryRead(descriptor) is { } one && one.What.StartsWith("anon_inode:[event", StringComparison.Ordinal))
            {
                flags.Add(one);
            }
        }

        Assert.Contains(flags, one => one.What.Contains("eventpoll", StringComparison.Ordinal));
        Assert.Contains(flags, one => one.What.Contains("eventfd", StringComparison.Ordinal));
        Assert.All(flags, one => Assert.Equal(CloseOnExec, one.Flags & CloseOnExec));
    }

    /// <summary>Null when another test has closed it since.</summary>
    private static (string What, long Flags)? TryRead(string descriptor)
    {
        try
        {
            var what = new FileInfo(descriptor).LinkTarget;
            var line = File.ReadLines(descriptor.Replace("/fd/", "/fdinfo/", StringComparison.Ordinal)).First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return what is null ? null : (what, Convert.ToInt64(line["flags:".Length..].Trim(), 8));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private sealed class FirstLine : ILogger
    {
        public TaskCompletionSource<Exception> Said { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.TrySetResult(exception!);
    }
}
