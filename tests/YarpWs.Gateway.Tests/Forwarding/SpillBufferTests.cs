using YarpWs.Gateway.Forwarding;

namespace YarpWs.Gateway.Tests.Forwarding;

public sealed class SpillBufferTests
{
    [Theory]
    [InlineData(4096, 0)]
    [InlineData(4096, 100)]
    [InlineData(10, 50_000)]
    [InlineData(10_000, 1_000_000)]
    public async Task Bytes_ComeOutAsTheyWentIn_HoweverSmallTheRoom(int memory, int file)
    {
        await using var buffer = new SpillBuffer(memory, file, Path.GetTempPath(), exception => Assert.Fail(exception.Message));
        var sent = new byte[1_000_000];
        Random.Shared.NextBytes(sent);
        var writing = Task.Run(async () =>
        {
            for (int at = 0, size = 1; at < sent.Length; at += size, size = Math.Min(size * 7 % 9973, sent.Length - at))
            {
                await buffer.WriteAsync(sent.AsMemory(at, size), Deadline.Token());
            }

            buffer.Complete();
        }, TestContext.Current.CancellationToken);

        var received = new MemoryStream();
        var piece = new byte[777];
        while (await buffer.ReadAsync(piece, Deadline.Token()) is { IsEmpty: false } bytes)
        {
            received.Write(bytes.Span);
        }

        await writing;
        Assert.True(sent.AsSpan().SequenceEqual(received.ToArray()));
    }

    [Fact]
    public async Task Writer_WaitsWhileThereIsNoRoom()
    {
        await using var buffer = new SpillBuffer(10, 10, Path.GetTempPath(), exception => Assert.Fail(exception.Message));
        await buffer.WriteAsync(new byte[20], Deadline.Token());
        var waiting = buffer.WriteAsync(new byte[5], Deadline.Token()).AsTask();
        Assert.False(waiting.IsCompleted);

        Assert.Equal(10, (await buffer.ReadAsync(new byte[10], Deadline.Token())).Length);
        Assert.Equal(10, (await buffer.ReadAsync(new byte[10], Deadline.Token())).Length);

        await waiting;
    }

    [Fact]
    public async Task Disk_ThatFails_IsToldOnce_AndTheWriterWaitsInstead()
    {
        var told = new List<Exception>();
        await using var buffer = new SpillBuffer(10, 1000, "/proc/no/such/directory", told.Add);
        var writing = buffer.WriteAsync(new byte[30], Deadline.Token()).AsTask();

        for (var piece = 0; piece < 3; piece++)
        {
            Assert.Equal(10, (await buffer.ReadAsync(new byte[10], Deadline.Token())).Length);
        }

        await writing;
        Assert.Single(told);
    }
}
