using Xunit;
using YarpWs.Backend.Groups;

namespace YarpWs.Backend.Tests.Groups;

public sealed class RecentPositionsTests
{
    [Fact]
    public void TheNewestAreKnown_AndTheOldestIsToldOnceSomeAreForgotten()
    {
        var recent = default(RecentPositions);
        Assert.Null(recent.Oldest);

        for (var position = 1; position <= 100; position++)
        {
            recent.Add(position);
            Assert.True(recent.Contains(position));
            Assert.False(recent.Contains(position + 1));
            Assert.Equal(position < 16 ? null : position - 15, recent.Oldest);
            Assert.Equal(position > 15, recent.Contains(position - 15));
            Assert.False(recent.Contains(position - 16));
        }
    }
}
