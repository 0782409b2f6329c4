using System.Text;
using Xunit;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Tests.Messages;

public sealed class GroupMessageTests
{
    private static readonly GroupMessage Sample = new()
    {
        DataType = DataType.Json,
        Data = """{"a": "中文"}"""u8.ToArray(),
        Node = "näde-😀",
        Sequence = -2,
        FromUserId = "ann",
    };

    [Theory]
    [InlineData(DataType.Text, 0, "", "")]
    [InlineData(DataType.Json, long.MaxValue, "ann", "c1")]
    [InlineData(DataType.Binary, long.MinValue, "änn 😀", "")]
    [InlineData(DataType.Binary, 1, "", "ç😀")]
    internal void Message_ComesBackAsItWas(DataType type, long sequence, string user, string excluded)
    {
        var message = Sample with { DataType = type, Sequence = sequence, FromUserId = user, ExcludedConnectionId = excluded };

        Assert.True(GroupMessage.TryParse(message.ToBytes(), out var parsed));

        Assert.Equal(message.Data.ToArray(), parsed!.Data.ToArray());
        Assert.Equal(message with { Data = default }, parsed with { Data = default });
    }

    [Fact]
    public void Message_WithoutData_ComesBack()
    {
        Assert.True(GroupMessage.TryParse((Sample with { Data = default }).ToBytes(), out var parsed));

        Assert.True(parsed!.Data.IsEmpty);
    }

    [Fact]
    public void Names_MayBeAsLongAsTheirLengthCanSay()
    {
        var message = Sample with { FromUserId = new string('u', ushort.MaxValue) };

        Assert.True(GroupMessage.TryParse(message.ToBytes(), out var parsed));
        Assert.Equal(message.FromUserId, parsed!.FromUserId);
        Assert.Throws<ArgumentOutOfRangeException>(() => (message with { FromUserId = message.FromUserId + "u" }).ToBytes());
    }

    [Theory]
    [InlineData("")]
    [InlineData("c1")]
    public void Bytes_ThatEndBeforeTheData_AreRefused(string excluded)
    {
        var bytes = (Sample with { ExcludedConnectionId = excluded }).ToBytes();
        var withoutData = bytes.Length - Sample.Data.Length;

        Assert.All(Enumerable.Range(0, withoutData), length => Assert.False(GroupMessage.TryParse(bytes.AsMemory(0, length), out _)));
        Assert.True(GroupMessage.TryParse(bytes.AsMemory(0, withoutData), out _));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 2)]
    [InlineData(1, 0)]
    [InlineData(1, 4)]
    [InlineData(1, 0x80)]
    [InlineData(1, 0x84)]
    public void Bytes_OfAnotherVersion_OrAnUnknownType_AreRefused(int index, byte value)
    {
        var bytes = Sample.ToBytes();
        bytes[index] = value;

        Assert.False(GroupMessage.TryParse(bytes, out _));
    }

    [Fact]
    public void Text_OfAnotherSystem_IsRefused() => Assert.False(GroupMessage.TryParse(Encoding.UTF8.GetBytes("""{"type": "chat.message"}"""), out _));
}
