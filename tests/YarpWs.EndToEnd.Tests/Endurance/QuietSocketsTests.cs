using System.Collections.Concurrent;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Endurance;

/// <summary>It waits for the most part, and so runs beside the other long ones.</summary>
[Trait("Category", "Long")]
public sealed class QuietSocketsTests : IDisposable
{
    private const int Rooms = 200;
    private const int MembersPerRoom = 10;
    private const long Megabyte = 1024 * 1024;

    /// <summary>Longer than what usually cuts quiet sockets (60 s in nginx, 100 s in YARP), and six pings of the server.</summary>
    private static readonly TimeSpan QuietPeriod = TimeSpan.FromMinutes(2);

    private readonly SocketsHttpHandler _handler = new() { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(30) };
    private readonly ConcurrentBag<QuietMember> _members = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task TwoThousandQuietSockets_LiveOn_AndMemoryStaysFlat()
    {
        await using var garnet = new EmbeddedGarnet();
        await garnet.StartAsync();
        await using var cluster = await ProcessCluster.StartAsync(garnet, ("Connections:PingInterval", "00:00:20"));
        await JoinAllAsync(cluster.Gateway);
        await ExpectAllToHearEachOtherAsync("before");

        var before = cluster.ResidentBytes();
        await ExpectQuietAsync();
        var after = cluster.ResidentBytes();

        foreach (var (process, bytes) in after)
        {
            var words = $"The {process} held {before[process]:N0} bytes, and two quiet minutes later {bytes:N0}.";
            TestContext.Current.TestOutputHelper!.WriteLine(words);
            Assert.True(bytes <= MostBytes(before[process]), words);
        }

        await ExpectAllToHearEachOtherAsync("after");
    }

    public void Dispose()
    {
        foreach (var member in _members)
        {
            member.Dispose();
        }

        _handler.Dispose();
    }

    private async Task JoinAllAsync(Uri gateway)
    {
        using var wire = new HttpMessageInvoker(_handler, disposeHandler: false);
        var opening = new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancelled };
        await Parallel.ForEachAsync(Enumerable.Range(0, Rooms * MembersPerRoom), opening, async (number, cancellationToken) =>
            _members.Add(await QuietMember.JoinAsync(gateway, $"quiet{number % Rooms}", wire, cancellationToken)));
    }

    /// <summary>Everybody says something, and hears that of everybody in the room.</summary>
    private async Task ExpectAllToHearEachOtherAsync(string word)
    {
        foreach (var room in _members.GroupBy(member => member.Room))
        {
            var texts = room.Select((_, number) => $"{word} {number}").ToList();
            await Task.WhenAll(room.Zip(texts, (member, text) => member.SendAsync(text, Cancelled)));

            foreach (var member in room)
            {
                Assert.Equal(texts, await member.HearAsync(MembersPerRoom, Cancelled));
            }
        }
    }

    private async Task ExpectQuietAsync()
    {
        var firstEnd = Task.WhenAny(_members.Select(member => member.Ended)).Unwrap();
        try
        {
            Assert.Fail($"A quiet socket ended: {await firstEnd.WaitAsync(QuietPeriod, Cancelled)}");
        }
        catch (TimeoutException)
        {
            // Two minutes have passed, and no socket has ended.
        }

        Assert.DoesNotContain(_members, member => member.HasHeardMore);
    }

    /// <summary>
    /// What a collector that has had no reason to run may leave lying about; measured, a process of 150 to 230 MB grew by 6 to 20 MB. Four
    /// kilobytes that stay behind with every ping and pong would be above it.
    /// </summary>
    private static long MostBytes(long before) => before + (before / 4) + (20 * Megabyte);
}
