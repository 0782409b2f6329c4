using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using YarpWs.Platform.Redis;

namespace YarpWs.Platform.Tests.Redis;

public sealed class SentinelWatchTests
{
    private const string Service = "rooms";

    [Fact]
    public async Task Announcement_IsHeardOnce_HoweverOftenItsSentinelWasAsked()
    {
        var master = new IPEndPoint(IPAddress.Loopback, 7001);
        await using var sentinel = new PlayedSentinel(Service, master);
        var watch = new SentinelWatch(sentinel.Address, ConfigurationOptions.Parse($"127.0.0.1:1,serviceName={Service}"), NullLogger.Instance);
        var answers = Channel.CreateUnbounded<SentinelAnswer>();
        var announcements = Channel.CreateUnbounded<bool>();
        watch.Answered += answer => answers.Writer.TryWrite(answer);
        watch.Announced += () => announcements.Writer.TryWrite(true);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Deadline.Token());
        var watching = watch.RunAsync(isFailoverUnderWay: () => true, stop.Token);
        await ReadAsync(answers, 3);

        sentinel.Say("+try-failover", $"master {Service} {master.Address} {master.Port}");

        await ReadAsync(announcements, 1);
        await ReadAsync(answers, 3);
        Assert.False(announcements.Reader.TryRead(out _));
        await stop.CancelAsync();
        await watching;
    }

    private static async Task ReadAsync<T>(Channel<T> channel, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await channel.Reader.ReadAsync(Deadline.Token());
        }
    }
}
