using YarpWs.Platform.Memory;

namespace YarpWs.Platform.Tests.Memory;

public sealed class TrimRuleTests
{
    private const long MiB = 1024 * 1024;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TrimRule _rule = new(3 * Second);
    private ProcessState _state = new(Collections: 7, CpuTime: 20 * Second, AllocatedBytes: 900 * MiB, CommittedBytes: 100 * MiB, UsedBytes: 50 * MiB);
    private TimeSpan _now = TimeSpan.FromHours(1);

    public TrimRuleTests() => Look();

    [Fact]
    public void QuietProcess_ThatHoldsMuchForNothing_IsTrimmed_OnceItHasBeenQuietLongEnough() =>
        Assert.Equal([TrimStep.None, TrimStep.None, TrimStep.Trim], Look(3));

    [Fact]
    public void Collection_BeginsTheWaitAnew()
    {
        Look(2);
        _state = _state with { Collections = 8 };

        Assert.Equal([TrimStep.None, TrimStep.None, TrimStep.None, TrimStep.Trim], Look(4));
    }

    [Fact]
    public void Work_BeginsTheWaitAnew()
    {
        Look(2);
        _state = _state with { CpuTime = _state.CpuTime + (Second * TrimRule.QuietCpu * 1.5) };

        Assert.Equal([TrimStep.None, TrimStep.None, TrimStep.None, TrimStep.Trim], Look(4));
    }

    [Fact]
    public void LittleWork_IsQuiet()
    {
        Look(2);
        _state = _state with { CpuTime = _state.CpuTime + (Second * TrimRule.QuietCpu * 0.5) };

        Assert.Equal(TrimStep.Trim, Look());
    }

    [Theory]
    [InlineData(20, 13, "too little to be worth a pause")]
    [InlineData(240, 200, "too little of what is held")]
    [InlineData(900, 300, "too long a pause")]
    public void Process_ThatIsBetterLeftAlone_IsNotTrimmed(long committed, long used, string because)
    {
        _state = _state with { CommittedBytes = committed * MiB, UsedBytes = used * MiB };

        Assert.True(Look(10).All(step => step is TrimStep.None), because);
    }

    [Theory]
    [InlineData(100, 95)]
    [InlineData(900, 300)]
    [InlineData(0, 0)]
    public void Process_ThatHasAllocatedMuchSinceItsLastCollection_CollectsFirst_WhateverThatOneSaid(long committed, long used)
    {
        // As one whose clients all came within one budget of the collector's.
        _state = _state with { AllocatedBytes = 1400 * MiB, CommittedBytes = committed * MiB, UsedBytes = used * MiB };
        Assert.Equal([TrimStep.None, TrimStep.None, TrimStep.Collect], Look(3));

        _state = _state with { Collections = 8, CommittedBytes = 500 * MiB, UsedBytes = 50 * MiB };

        Assert.Equal([TrimStep.None, TrimStep.None, TrimStep.None, TrimStep.Trim], Look(4));
    }

    [Fact]
    public void Process_ThatHasAllocatedLittleSince_DoesNotCollect()
    {
        _state = _state with { AllocatedBytes = 907 * MiB, CommittedBytes = 20 * MiB, UsedBytes = 15 * MiB };

        Assert.All(Look(10), step => Assert.Equal(TrimStep.None, step));
    }

    [Fact]
    public void Process_ThatFillsItsMemoryAgain_IsTrimmedAgain_OnceThePauseWasLongAgo()
    {
        var pause = TimeSpan.FromMilliseconds(100);
        Look(3);
        _rule.Trimmed(pause, _now);
        _state = _state with { Collections = 9 };

        var again = Look((int)(pause * TrimRule.PausesApart / Second));

        Assert.Equal([.. Enumerable.Repeat(TrimStep.None, again.Length - 1), TrimStep.Trim], again);
    }

    private TrimStep Look()
    {
        _now += Second;
        return _rule.Next(_state, _now);
    }

    private TrimStep[] Look(int times) => [.. Enumerable.Range(0, times).Select(_ => Look())];
}
