using Xunit;
using YarpWs.Backend.Groups;

namespace YarpWs.Backend.Tests.Groups;

public sealed class RecentEntriesTests
{
    private const int Least = 16;

    [Fact]
    public void TheNewestAreKnown_AndTheNewestOfTheOthersIsTold()
    {
        var recent = new RecentEntries(Least, most: 64, span: 1);
        Assert.True(recent.IsEmpty);
        Assert.False(recent.Contains(0));

        AssertKept(recent, from: 1, Least);

        recent.Clear();
        Assert.True(recent.IsEmpty);
        Assert.False(recent.Contains(100));
        Assert.Null(recent.Forgotten);
    }

    [Fact]
    public void AsManyAreKept_AsAreWithinTheSpan()
    {
        var recent = new RecentEntries(Least, most: 64, span: 40);
        AssertKept(recent, from: 1, kept: 64);
    }

    [Fact]
    public void NoMoreAreKeptThanAllowed_HoweverFastTheyCome()
    {
        var recent = new RecentEntries(Least, most: 48, span: 1_000);
        AssertKept(recent, from: 1, kept: 48);
    }

    [Fact]
    public void RoomThatGrowsLater_DoesNotBringBackWhatWasForgotten()
    {
        var recent = new RecentEntries(Least, most: 64, span: 40);
        for (var number = 1; number <= 30; number++)
        {
            recent.Add(100 * number, number);
        }

        Assert.Equal(1400, recent.Forgotten);
        recent.Add(3001, -3001);
        for (var number = 3002; number <= 3030; number++)
        {
            recent.Add(number, -number);
        }

        Assert.True(recent.Forgotten >= 1400);
        Assert.All(Enumerable.Range(3001, 30), number => Assert.True(recent.Contains(number)));
        Assert.False(recent.Contains(1400));
    }

    private static void AssertKept(RecentEntries recent, long from, int kept)
    {
        for (var number = from; number < from + 200; number++)
        {
            recent.Add(number, -number);
            Assert.True(recent.Contains(number) && recent.ContainsMessage(-number));
            Assert.False(recent.Contains(number + 1) || recent.ContainsMessage(-number - 1));
        }

        var newest = from + 199;
        Assert.True(recent.Contains(newest - kept + 1) && recent.ContainsMessage(-(newest - kept + 1)));
        Assert.False(recent.Contains(newest - kept) || recent.ContainsMessage(-(newest - kept)));
        Assert.Equal(newest - kept, recent.Forgotten);
    }
}
