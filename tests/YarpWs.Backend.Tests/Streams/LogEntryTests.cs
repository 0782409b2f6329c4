using System.Text;
using Xunit;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Streams;

namespace YarpWs.Backend.Tests.Streams;

public sealed class LogEntryTests
{
    private static readonly byte[] Message =
        new GroupMessage { DataType = DataType.Text, Data = "1 2 3"u8.ToArray(), Node = "a", Sequence = 1 }.ToBytes();

    [Theory]
    [InlineData("3 2 1 ", 3, 2, 1)]
    [InlineData("1700000000000000 1700000000000000 0 ", 1_700_000_000_000_000, 1_700_000_000_000_000, 0)]
    [InlineData("1 9223372036854775807 9223372036854775806 ", 1, long.MaxValue, long.MaxValue - 1)]
    public void Entry_IsEpochPositionPreviousMessage(string head, long epoch, long position, long previous)
    {
        Assert.True(LogEntry.TryParse(Entry(head), out var entry));

        Assert.Equal((epoch, position, previous, "1 2 3"), (entry.Epoch, entry.Position, entry.Previous, Encoding.UTF8.GetString(entry.Message.Data.Span)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("3 2 ")]
    [InlineData("3 2  1 ")]
    [InlineData("3 2 1")]
    [InlineData("3  2 1 ")]
    [InlineData("3 2,1 ")]
    [InlineData("3 2 x ")]
    [InlineData("3 x 1 ")]
    [InlineData("3 2.5 1 ")]
    [InlineData("3 9223372036854775808 1 ")]
    [InlineData("2 1 ")]
    [InlineData("x 2 1 ")]
    [InlineData("3 -2 1 ")]
    public void AnythingElse_IsRefused(string head) => Assert.False(LogEntry.TryParse(Entry(head), out _));

    [Theory]
    [InlineData("")]
    [InlineData("2")]
    [InlineData("2 ")]
    [InlineData("2 1")]
    [InlineData("2 1 ")]
    [InlineData("3 2 1 ")]
    [InlineData("3 2 1 hello")]
    public void EntryWithoutAMessage_IsRefused(string text) => Assert.False(LogEntry.TryParse(Encoding.UTF8.GetBytes(text), out _));

    private static byte[] Entry(string head) => [.. Encoding.UTF8.GetBytes(head), .. Message];
}
