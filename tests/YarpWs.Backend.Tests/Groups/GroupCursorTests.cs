using Xunit;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Streams;

namespace YarpWs.Backend.Tests.Groups;

/// <summary>What a node decides from epochs and positions. A group is entered at position 100, when its newest message is 90.</summary>
public sealed class GroupCursorTests
{
    private const long Epoch = 7;

    [Fact]
    public void NextEntry_IsDelivered()
    {
        var cursor = Opened();

        Assert.Equal(Hearing.Deliver, cursor.Hear(Entry(110, previous: 90)));
        Assert.Equal(Hearing.Deliver, cursor.Hear(Entry(120, previous: 110)));
        Assert.Equal((120, 120, false), (cursor.Delivered, cursor.Last, cursor.IsBehind));
    }

    [Fact]
    public void EntryBehindAGap_IsLeftToTheLog()
    {
        var cursor = Opened();

        Assert.Equal(Hearing.AskLog, cursor.Hear(Entry(130, previous: 120)));
        Assert.True(cursor.IsBehind);

        Assert.True(cursor.TryRead(Entry(120, previous: 90), logHead: 130, out var loss));
        Assert.Null(loss);
        Assert.True(cursor.TryRead(Entry(130, previous: 120), logHead: 130, out loss));
        Assert.Null(loss);
        Assert.False(cursor.IsBehind);
    }

    [Fact]
    public void EntryHeardBeforeTheEntrance_IsReadFromTheLog()
    {
        var cursor = new GroupCursor();
        Assert.Equal(Hearing.AskLog, cursor.Hear(Entry(110, previous: 90)));
        Assert.False(cursor.IsBehind);

        cursor.Open(new LogEntrance(Epoch, 100, Now: 100, Head: 90));

        Assert.True(cursor.IsBehind);
    }

    [Fact]
    public void Gap_ThatTheLogDoesNotFill_IsLostUpToItsEnd()
    {
        var cursor = Opened();
        cursor.Hear(Entry(150, previous: 140));

        Assert.True(cursor.TryRead(Entry(150, previous: 140), logHead: 150, out var loss));

        Assert.Equal(new Loss(LossReason.LogTooShort, Delivered: 100, Epoch, UpTo: 140, LogHead: 150), loss);
    }

    [Theory]
    [InlineData(150, "LogTooShort")]
    [InlineData(149, "RedisForgot")]
    public void Gap_ThatAnEmptyLogDoesNotFill_WasForgotten_WhereItsHeadIsToo(long logHead, string reason)
    {
        var cursor = Opened();
        cursor.Hear(Entry(150, previous: 140));

        Assert.Equal(reason, $"{cursor.ReadNothing(since: 100, logHead)?.Reason}");
    }

    [Fact]
    public void Gap_BeforeALaterEpoch_WasForgottenByRedis()
    {
        var cursor = Opened();

        Assert.True(cursor.TryRead(Entry(150, previous: 140, epoch: Epoch + 1), logHead: 150, out var loss));

        Assert.Equal(LossReason.RedisForgot, loss?.Reason);
        Assert.Equal(Epoch + 1, cursor.Epoch);
    }

    [Fact]
    public void EntryHeardTwice_IsKnownAgain()
    {
        var cursor = Opened();
        cursor.Hear(Entry(110, previous: 90));
        cursor.Hear(Entry(120, previous: 110));

        Assert.Equal(Hearing.Repeated, cursor.Hear(Entry(110, previous: 90)));
        Assert.False(cursor.HasDoubt);
    }

    [Fact]
    public void EntryHeardLate_IsADoubt_WhichALogThatHasNoSuchEntryDispels()
    {
        var cursor = Opened();
        cursor.Hear(Entry(110, previous: 90));
        cursor.Hear(Entry(120, previous: 110));

        Assert.Equal(Hearing.AskLog, cursor.Hear(Entry(115, previous: 110)));
        Assert.True(cursor.TryTakeDoubt(out var from));
        Assert.Equal(115, from.From);

        Assert.Null(cursor.Resolve(from, Page(120, Entry(120, previous: 110)), cursor.Last, redisNow: 130));
        Assert.False(cursor.HasDoubt);
    }

    [Fact]
    public void EntryHeardLate_ThatStandsInTheLog_WasTakenByAnotherServer()
    {
        var cursor = Opened();
        cursor.Hear(Entry(110, previous: 90));
        cursor.Hear(Entry(120, previous: 110));
        cursor.Hear(Entry(115, previous: 110));
        cursor.TryTakeDoubt(out var from);

        var loss = cursor.Resolve(from, Page(115, Entry(115, previous: 110)), cursor.Last, redisNow: 130);

        Assert.Equal((LossReason.TakenElsewhere, long.MaxValue), (loss?.Reason, loss?.UpTo));
    }

    [Fact]
    public void EntryThatWasTakenElsewhere_IsToldOnce_HoweverMuchWasHeardBefore()
    {
        const long Newest = 100_000;
        var cursor = Opened();
        for (var position = 110L; position <= Newest; position += 10)
        {
            cursor.Hear(Entry(position, previous: position == 110 ? 90 : position - 10));
        }

        cursor.Hear(Entry(Newest - 5, previous: Newest - 10));
        cursor.TryTakeDoubt(out var from);
        var page = Page(Newest - 5, Entry(Newest - 5, previous: Newest - 10));

        Assert.Equal(LossReason.TakenElsewhere, cursor.Resolve(from, page, cursor.Last, redisNow: Newest + 10)?.Reason);
        Assert.Null(cursor.Resolve(from, page, cursor.Last, redisNow: Newest + 10));
    }

    [Fact]
    public void EntryThatWasDelivered_IsReadFromTheLogForNobody()
    {
        var cursor = Opened();
        cursor.Hear(Entry(110, previous: 90));

        Assert.False(cursor.TryRead(Entry(110, previous: 90), logHead: 110, out var loss));
        Assert.False(cursor.TryRead(Entry(95, previous: 90), logHead: 110, out loss));
        Assert.Null(loss);
        Assert.Equal((110, 110), (cursor.Delivered, cursor.Last));
    }

    [Fact]
    public void EntryTooOldToTell_IsPassedOver_UnlessTheClockOfRedisIsBehind()
    {
        const long Second = 1_000_000;
        var cursor = Opened();
        for (var position = Second; position <= 100 * Second; position += Second)
        {
            cursor.Hear(Entry(position, previous: position == Second ? 90 : position - Second));
        }

        cursor.Hear(Entry(Second, previous: 90));
        Assert.True(cursor.TryTakeDoubt(out var from));

        Assert.Null(cursor.Resolve(from, Page(100 * Second), cursor.Last, redisNow: 101 * Second));
        Assert.Null(cursor.Resolve(from, Page(100 * Second), cursor.Last, redisNow: 100 * Second));
        Assert.Equal(LossReason.GivenTwice, cursor.Resolve(from, Page(100 * Second), cursor.Last, redisNow: 99 * Second)?.Reason);
    }

    [Fact]
    public void DoubtThatOnePageDoesNotReach_GoesOn()
    {
        var cursor = Opened();
        cursor.Hear(Entry(110, previous: 90));
        cursor.Hear(Entry(120, previous: 110));
        cursor.Hear(Entry(130, previous: 120));

        Assert.Null(cursor.Resolve(new LogDoubt(105, MayClockJudge: true), Page(130, Entry(110, previous: 90), Entry(120, previous: 110)), cursor.Last, redisNow: 140));

        Assert.True(cursor.TryTakeDoubt(out var from));
        Assert.Equal(121, from.From);
    }

    [Fact]
    public void DoubtThatComesWhileTheLogIsAsked_IsKept()
    {
        var cursor = Opened();
        cursor.Hear(Entry(110, previous: 90));
        cursor.Hear(Entry(120, previous: 110));
        cursor.Doubt(new LogDoubt(105, MayClockJudge: true));
        cursor.TryTakeDoubt(out var from);

        cursor.Hear(Entry(118, previous: 110));
        Assert.Null(cursor.Resolve(from, Page(120, Entry(110, previous: 90), Entry(120, previous: 110)), cursor.Last, redisNow: 130));

        Assert.True(cursor.HasDoubt);
    }

    [Fact]
    public void HeadThatIsBehindWhatWasDelivered_IsReminded_AndNothingIsLostHere()
    {
        var cursor = Opened();
        cursor.Hear(Entry(110, previous: 90));

        Assert.Empty(cursor.Compare(Head(90), last: 110, taken: 0, wasAway: false));

        Assert.True(cursor.TryTakeReminder(out var reminder));
        Assert.Equal(new LogSkip(Entry: 0, Missing: 110), reminder);
        Assert.False(cursor.HasReminder);
    }

    [Fact]
    public void HeadThatWasReadBeforeADelivery_SaysNothingAboutIt()
    {
        var cursor = Opened();
        var last = cursor.Last;
        cursor.Hear(Entry(110, previous: 90));

        Assert.Empty(cursor.Compare(Head(90), last, taken: 0, wasAway: false));

        Assert.False(cursor.HasReminder);
        Assert.False(cursor.HasDoubt);
    }

    [Fact]
    public void HeadThatIsBehindWhatThisNodePublished_IsALoss_WhenTheLogHasItNot()
    {
        var cursor = Opened();

        Assert.Empty(cursor.Compare(Head(90), last: 90, taken: 110, wasAway: false));
        Assert.True(cursor.IsBehind);

        Assert.Equal(new Loss(LossReason.RedisForgot, 100, Epoch, UpTo: 110, LogHead: 90), cursor.ReadNothing(since: 100, logHead: 90));
        Assert.False(cursor.IsBehind);
    }

    [Fact]
    public void HeadBelowTheEntrance_ThatWasNotThereThen_IsADoubt()
    {
        var cursor = Opened();

        cursor.Compare(Head(95), last: 90, taken: 0, wasAway: false);
        Assert.True(cursor.TryTakeDoubt(out var from));

        Assert.Equal(LossReason.TakenElsewhere, cursor.Resolve(from, Page(95, Entry(95, previous: 90)), cursor.Last, redisNow: 110)?.Reason);
    }

    [Fact]
    public void EntryThatNamesAnOlderOne_IsDelivered_AndRedisIsToldWhatIsMissingBeforeIt()
    {
        var cursor = Opened();
        cursor.Hear(Entry(110, previous: 90));
        cursor.Hear(Entry(120, previous: 110));

        Assert.Equal(Hearing.Deliver, cursor.Hear(Entry(200, previous: 110)));

        Assert.True(cursor.TryTakeReminder(out var reminder));
        Assert.Equal(new LogSkip(Entry: 200, Missing: 120), reminder);
    }

    [Fact]
    public void Skip_IsALossForThoseWhoTookTheEntryInGoodFaith_OnceAndNotForThoseWhoKnewBetter()
    {
        var skip = new LogSkip(Entry: 200, Missing: 120);
        var unaware = Opened();
        unaware.Hear(Entry(110, previous: 90));
        unaware.Hear(Entry(200, previous: 110));
        var aware = Opened();
        aware.Hear(Entry(110, previous: 90));
        aware.Hear(Entry(120, previous: 110));
        aware.Hear(Entry(200, previous: 110));

        Assert.Equal(120, Assert.Single(unaware.Compare(Head(200, skip), last: 200, taken: 0, wasAway: false)).UpTo);
        Assert.Empty(unaware.Compare(Head(200, skip), last: 200, taken: 0, wasAway: false));
        Assert.Empty(aware.Compare(Head(200, skip), last: 200, taken: 0, wasAway: false));
    }

    [Fact]
    public void MessageThatWasDelivered_AndForgottenByRedis_AndPublishedAgain_IsRepeated()
    {
        var cursor = Opened();
        var message = Entry(110, previous: 90);
        cursor.Hear(message);

        Assert.Equal(Hearing.Repeated, cursor.Hear(message with { Position = 200, Epoch = Epoch + 1 }));
        Assert.Equal(200, cursor.Delivered);
    }

    [Fact]
    public void MessageOfABusyGroup_ThatWasForgotten_AndPublishedAgainSecondsLater_IsRepeated()
    {
        const long Millisecond = 1_000;
        var cursor = Opened();
        var message = Entry(110, previous: 90);
        cursor.Hear(message);
        var previous = 110L;
        for (var i = 0; i < 500; i++)
        {
            var next = previous + (30 * Millisecond);
            Assert.Equal(Hearing.Deliver, cursor.Hear(Entry(next, previous)));
            previous = next;
        }

        Assert.Equal(Hearing.Repeated, cursor.Hear(message with { Position = previous + Millisecond, Previous = previous }));
    }

    [Fact]
    public void Skip_FromBeforeTheEntrance_ConcernsNobody()
    {
        var cursor = Opened();
        cursor.Hear(Entry(110, previous: 90));

        Assert.Empty(cursor.Compare(Head(110, new LogSkip(Entry: 95, Missing: 92)), last: 110, taken: 0, wasAway: false));
    }

    [Fact]
    public void FailedReminder_IsTakenBack()
    {
        var cursor = Opened();
        cursor.Remind(new LogSkip(200, 120));
        cursor.TryTakeReminder(out var reminder);

        cursor.Remind(reminder);

        Assert.True(cursor.TryTakeReminder(out var again));
        Assert.Equal(reminder, again);
    }

    [Fact]
    public void EntryOfAnOlderEpoch_IsLeftToTheLog()
    {
        var cursor = Opened();
        cursor.Hear(Entry(110, previous: 90, epoch: Epoch + 1));

        Assert.Equal(Hearing.AskLog, cursor.Hear(Entry(120, previous: 110)));
        Assert.True(cursor.IsBehind);
    }

    [Fact]
    public void EntryThatNamesAnOlderOne_IsADoubt_AsWhatItNamesMayHaveBeenHeardNowhereHere()
    {
        var cursor = Opened();
        cursor.Hear(Entry(110, previous: 90));
        cursor.Hear(Entry(120, previous: 110));

        cursor.Hear(Entry(200, previous: 115));
        Assert.True(cursor.TryTakeDoubt(out var from));

        Assert.Equal(
            LossReason.TakenElsewhere,
            cursor.Resolve(from, Page(200, Entry(110, previous: 90), Entry(115, previous: 110), Entry(200, previous: 115)), cursor.Last, redisNow: 210)?.Reason);
    }

    [Fact]
    public void RedisThatWasAway_IsADoubt_WhichALogOfWhatWasDeliveredDispels_WhateverItsClockShows()
    {
        var cursor = Opened();
        cursor.Hear(Entry(110, previous: 90));

        cursor.Compare(Head(110), last: 110, taken: 110, wasAway: true);
        Assert.True(cursor.TryTakeDoubt(out var from));

        Assert.Null(cursor.Resolve(from, Page(110, Entry(110, previous: 90)), cursor.Last, redisNow: 105));
        Assert.False(cursor.HasDoubt);
    }

    [Fact]
    public void RedisThatWasAway_IsNotJudgedByItsClock_HoweverMuchIsDeliveredMeanwhile()
    {
        const long Second = 1_000_000;
        var cursor = Opened();
        cursor.Hear(Entry(Second, previous: 90));
        cursor.Compare(Head(Second), last: Second, taken: Second, wasAway: true);
        Assert.True(cursor.TryTakeDoubt(out var from));

        for (var position = 2 * Second; position <= 100 * Second; position += Second)
        {
            cursor.Hear(Entry(position, previous: position - Second));
        }

        Assert.Null(cursor.Resolve(from, Page(100 * Second), cursor.Last, redisNow: 99 * Second));
    }

    [Fact]
    public void RedisThatWasAway_IsNoDoubt_WhereNothingWasDelivered()
    {
        var cursor = Opened();

        cursor.Compare(Head(90), last: 90, taken: 0, wasAway: true);

        Assert.False(cursor.HasDoubt);
    }

    private static GroupCursor Opened()
    {
        var cursor = new GroupCursor();
        cursor.Open(new LogEntrance(Epoch, 100, Now: 100, Head: 90));
        return cursor;
    }

    private static LogEntry Entry(long position, long previous, long epoch = Epoch) =>
        new(epoch, position, previous, new GroupMessage { DataType = DataType.Text, Data = default, Node = "a", Sequence = position });

    private static LogPage Page(long head, params LogEntry[] entries) => new(head, entries, 0);

    private static LogHead Head(long position, params LogSkip[] skips) => new(position, skips);
}
