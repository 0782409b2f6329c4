using Xunit;
using YarpWs.Backend.Groups;

namespace YarpWs.Backend.Tests.Groups;

public sealed class RecentNumbersTests
{
    [Fact]
    public void TheNewestAreKnown_AndTheOldestIsToldOnceSomeAreForgotten()
    {
        const int Capacity = 16;
        var recent = new RecentNumbers(Capacity);
        Assert.Null(recent.Oldest);
        Assert.False(recent.Contains(0));

        for (var number = 1; number <= 100; number++)
        {
            recent.Add(number);
            Assert.True(recent.Contains(number));
            Assert.False(recent.Contains(number + 1));
            Assert.Equal(number < Capacity ? null : number - Capacity + 1, recent.Oldest);
            Assert.Equal(number >= Capacity, recent.Contains(number - Capacity + 1));
            Assert.False(recent.Contains(number - Capacity));
        }

        recent.Clear();
        Assert.False(recent.Contains(100));
        Assert.Null(recent.Oldest);
    }
}
