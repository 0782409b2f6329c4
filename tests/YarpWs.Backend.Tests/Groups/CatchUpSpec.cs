using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Tests.Node;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Groups;

/// <summary>Reading what was missed is no harder for members than hearing it. The backlog is many times what an outbox takes.</summary>
public abstract class CatchUpSpec
{
    private const int Messages = 100;

    private static readonly (string, string)[] SmallOutboxes =
    [
        ("Connections:MaxOutboxBytes", "65536"), ("Connections:MaxMessageBytes", "32768"), ("Groups:AuditInterval", "00:05:00"),
    ];

    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    private static GroupKey Blue => TestNode.Group("blue");

    protected abstract Task<RedisUnderTest> RedisAsync();

    [Fact]
    public async Task HealthyMembers_OfAGroupThatCatchesUp_GetAllOfIt()
    {
        await using var node = await TestNode.StartAsync(await RedisAsync(), _prefix, SmallOutboxes);
        await using var ann = await node.JoinAsync(Blue);
        await PublishBacklogAsync(node);

        await node.AuditAsync();
        var texts = await ann.Client.ReadTextsAsync(Messages);

        Assert.Equal(Enumerable.Range(0, Messages).Select(Text), texts);
    }

    [Fact]
    public async Task MemberThatDoesNotRead_IsClosed_AndTheOthersCatchUp()
    {
        await using var node = await TestNode.StartAsync(await RedisAsync(), _prefix, SmallOutboxes);
        await using var ann = await node.JoinAsync(Blue);

        // The fewer messages fit on the way to it, the fewer are waited for in vain.
        var member = node.Member();
        await node.Groups.JoinAsync(Blue, member);
        await using var slow = new TestConnection(member, buffer: 1024);
        await PublishBacklogAsync(node);

        await node.AuditAsync();
        var texts = await ann.Client.ReadTextsAsync(Messages);

        Assert.Equal(Enumerable.Range(0, Messages).Select(Text), texts);
        var read = 0;
        while (await slow.Client.ReadFrameAsync("what was sent before the close frame") is { Opcode: not Opcode.Close })
        {
            read++;
        }

        Assert.InRange(read, 1, Messages - 1);
        await slow.Client.SendCloseAsync(CloseCode.TooSlow.Number);
        Assert.Equal(CloseCode.TooSlow, await slow.Ended);
    }

    private static async Task PublishBacklogAsync(TestNode node)
    {
        for (var i = 0; i < Messages; i++)
        {
            await node.PublishUnheardAsync(Blue, Text(i));
        }
    }

    private static string Text(int number) => $"{number}:{new string('x', 30_000)}";
}

public sealed class CatchUpOnGarnet(SharedGarnet garnet) : CatchUpSpec, IClassFixture<SharedGarnet>
{
    protected override Task<RedisUnderTest> RedisAsync() => Task.FromResult<RedisUnderTest>(garnet.Server);
}

public sealed class CatchUpOnRedis(SharedRedisServer redis) : CatchUpSpec, IClassFixture<SharedRedisServer>
{
    protected override async Task<RedisUnderTest> RedisAsync() => await redis.StartAsync();
}
