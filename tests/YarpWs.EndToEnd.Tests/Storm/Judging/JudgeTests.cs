using Xunit;

namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>The judge itself, on journals written by hand.</summary>
public sealed class JudgeTests
{
    [Fact]
    public void EverybodyHearsEverything_IsRight()
    {
        var judgement = Decide("""
            1 ann joins
            1 bob joins
            2 ann sends 1
            3 ann hears ann:1
            3 bob hears ann:1
            4 pat pushes 1
            5 pat acknowledged 1
            5 ann hears pat:1
            6 bob hears pat:1
            """);

        Assert.Empty(judgement.Findings);
        Assert.Equal((2, 2, 4), (judgement.Sent, judgement.Taken, judgement.Heard));
    }

    [Fact]
    public void MessageThatOthersHeard_MissingBetweenTwo_IsLostAndNotTold() => Expect(Wrong.LostAndNotTold, "bob (connection 1) never heard ann:2", """
        1 ann joins
        1 bob joins
        2 ann sends 1
        3 ann hears ann:1
        3 bob hears ann:1
        4 ann sends 2
        5 ann hears ann:2
        6 ann sends 3
        7 ann hears ann:3
        7 bob hears ann:3
        """);

    [Fact]
    public void MessageThatOthersHeardBetweenTwo_IsMissed_ThoughTheClockDoesNotTellThemApart() => Expect(Wrong.LostAndNotTold, "bob (connection 1) never heard cat:1", """
        1 ann joins
        1 bob joins
        1 cat joins
        2 ann sends 1
        2 cat sends 1
        2 dan pushes 1
        3 ann hears ann:1
        3 ann hears cat:1
        3 ann hears dan:1
        3 bob hears ann:1
        3 bob hears dan:1
        """);

    [Fact]
    public void AcknowledgedPushThatNobodyHeard_IsLostAndNotTold() => Expect(Wrong.LostAndNotTold, "ann (connection 1) never heard pat:1", """
        1 ann joins
        2 pat pushes 1
        3 pat acknowledged 1
        4 pat pushes 2
        5 ann hears pat:2
        """);

    [Fact]
    public void MessageOfAConnectionWhoseNextWasHeard_IsLostAndNotTold() => Expect(Wrong.LostAndNotTold, "ann (connection 1) never heard ann:1", """
        1 ann joins
        2 ann sends 1
        2 ann sends 2
        3 ann hears ann:2
        """);

    [Fact]
    public void MemberClosedWith4002SoonAfterTheGap_WasTold() => ExpectNothing(Closes.Everybody(4002), """
        1 ann joins
        1 bob joins
        2 ann sends 1
        3 ann hears ann:1
        4 ann sends 2
        5 ann hears ann:2
        5 bob hears ann:2
        9 bob is closed with 4002
        """);

    [Fact]
    public void MemberThatLeftSoonAfterTheGap_DidNotHaveToBeTold() => ExpectNothing(Closes.Nobody, """
        1 ann joins
        1 bob joins
        2 ann sends 1
        3 ann hears ann:1
        4 ann sends 2
        5 ann hears ann:2
        5 bob hears ann:2
        9 bob leaves
        10 bob is closed with 1000
        """);

    [Fact]
    public void MemberThatLeftLongAfterTheGap_WasNotToldOfIt() => Expect(Wrong.LostAndNotTold, "bob (connection 1) never heard ann:1", """
        1 ann joins
        1 bob joins
        2 ann sends 1
        3 ann hears ann:1
        4 ann sends 2
        5 ann hears ann:2
        5 bob hears ann:2
        60 bob leaves
        61 bob is closed with 1000
        """);

    [Fact]
    public void MemberClosedWith4002LongAfterTheGap_WasNotToldOfIt() => Expect(Wrong.LostAndNotTold, "bob (connection 1) never heard ann:1", """
        1 ann joins
        1 bob joins
        2 ann sends 1
        3 ann hears ann:1
        4 ann sends 2
        5 ann hears ann:2
        5 bob hears ann:2
        60 bob is closed with 4002
        """, Closes.Everybody(4002));

    [Fact]
    public void WhatCameAfterTheLastThatAClosedMemberHeard_IsLostAndTold()
    {
        var judgement = Decide("""
            1 ann joins
            1 bob joins
            2 ann sends 1
            3 ann hears ann:1
            3 bob hears ann:1
            4 ann sends 2
            5 ann hears ann:2
            6 bob is closed with 1006
            7 bob joins
            8 ann sends 3
            9 ann hears ann:3
            9 bob hears ann:3
            """, Closes.Everybody(1006));

        Assert.Empty(judgement.Findings);
        Assert.Equal(1, judgement.LostAndTold);
    }

    [Fact]
    public void WhatWasSentBeforeAMemberJoined_IsNotOwedToIt() => ExpectNothing(Closes.Nobody, """
        1 ann joins
        2 ann sends 1
        3 ann hears ann:1
        4 bob joins
        5 ann sends 2
        6 ann hears ann:2
        6 bob hears ann:2
        """);

    [Fact]
    public void WhatIsStillUnderWay_IsNotLost() => ExpectNothing(Closes.Nobody, """
        1 ann joins
        1 bob joins
        2 ann sends 1
        2 pat pushes 1
        3 ann hears ann:1
        3 ann hears pat:1
        """);

    [Fact]
    public void RefusedPush_IsTold()
    {
        var judgement = Decide("""
            1 ann joins
            2 pat pushes 1
            3 pat refused 1
            4 pat pushes 2
            5 pat acknowledged 2
            6 ann hears pat:2
            """);

        Assert.Empty(judgement.Findings);
        Assert.Equal(1, judgement.RefusedAndTold);
    }

    [Fact]
    public void RefusedPushThatWasHeardAllTheSame_IsOwedToEveryMember() => Expect(Wrong.LostAndNotTold, "bob (connection 1) never heard pat:1", """
        1 ann joins
        1 bob joins
        2 pat pushes 1
        3 pat refused 1
        4 ann hears pat:1
        5 pat pushes 2
        6 ann hears pat:2
        6 bob hears pat:2
        """);

    [Fact]
    public void MessageHeardTwice_IsDoubled() => Expect(Wrong.Doubled, "ann (connection 1) heard ann:1 twice", """
        1 ann joins
        2 ann sends 1
        3 ann hears ann:1
        4 ann hears ann:1
        """);

    [Fact]
    public void MessageHeardAgainOnTheNextConnection_IsDoubled() => Expect(Wrong.Doubled, "ann (connection 2) heard ann:1 twice", """
        1 ann joins
        2 ann sends 1
        3 ann hears ann:1
        4 ann is closed with 1006
        5 ann joins
        6 ann hears ann:1
        """, Closes.Everybody(1006));

    [Fact]
    public void MessagesOfOneConnectionInAnotherOrder_AreOutOfOrder() => Expect(Wrong.OutOfOrder, "ann (connection 1) heard ann:2 before ann:1", """
        1 ann joins
        2 ann sends 1
        2 ann sends 2
        3 ann hears ann:2
        4 ann hears ann:1
        """);

    [Fact]
    public void MessageTakenBeforeAnotherWasSent_HeardAfterIt_IsOutOfOrder() => Expect(Wrong.OutOfOrder, "ann (connection 1) heard pat:2 before pat:1", """
        1 ann joins
        2 pat pushes 1
        3 pat acknowledged 1
        4 pat pushes 2
        5 ann hears pat:2
        6 ann hears pat:1
        """);

    [Fact]
    public void TwoMembersWithTwoOrders_AreOutOfOrder() => Expect(Wrong.OutOfOrder, "ann (connection 1) heard bob:1 before ann:1, and bob (connection 1) the other way round", """
        1 ann joins
        1 bob joins
        2 ann sends 1
        2 bob sends 1
        3 ann hears bob:1
        4 ann hears ann:1
        3 bob hears ann:1
        4 bob hears bob:1
        """);

    [Fact]
    public void WhatAClientSaidBeforeItLeft_AndNobodyHeard_IsLastWordsUnheard()
    {
        const string Text = """
            1 ann joins
            1 bob joins
            2 ann sends 1
            3 ann hears ann:1
            3 bob hears ann:1
            4 ann sends 2
            4 ann sends 3
            4 ann leaves
            5 ann is closed with 1006
            5 bob hears ann:2
            90 pat pushes 1
            """;

        Expect(Wrong.LastWordsUnheard, "Nobody ever heard ann:3, which ann (connection 1) sent before it left", Text, Closes.Nobody);
        Expect(Wrong.LastWordsUnheard, "Nobody ever heard ann:3", Text, Closes.OnNode("b", 1012));
        ExpectNothing(Closes.OnNode("a", 1012), Text);
    }

    [Fact]
    public void WhatAClientSaidBeforeItLeft_AndOthersHeard_IsRight() => ExpectNothing(Closes.Nobody, """
        1 ann joins
        1 bob joins
        2 ann sends 1
        2 ann leaves
        3 ann is closed with 1006
        40 bob hears ann:1
        90 pat pushes 1
        """);

    [Fact]
    public void LastWordsAtTheEndOfTheStorm_MayBeUnderWay() => ExpectNothing(Closes.Nobody, """
        1 ann joins
        2 ann sends 1
        2 ann leaves
        20 pat pushes 1
        """);

    [Fact]
    public void CloseThatNoFaultExplains_IsWithoutCause()
    {
        const string Text = """
            1 ann joins
            2 ann is closed with 4002
            """;

        Expect(Wrong.ClosedWithoutCause, "ann (connection 1) of node ? was closed with 4002", Text, Closes.Everybody(1012));
        Expect(Wrong.ClosedWithoutCause, "ann (connection 1)", Text, Closes.ThroughGateway(1, 4002));
        ExpectNothing(Closes.ThroughGateway(0, 4002), Text);
    }

    [Fact]
    public void CloseOnANodeThatTheFaultDidNotStrike_IsWithoutCause()
    {
        const string Text = """
            1 ann joins
            2 ann sends 1
            3 ann hears ann:1
            4 ann is closed with 1012
            """;

        Expect(Wrong.ClosedWithoutCause, "ann (connection 1) of node a", Text, Closes.OnNode("b", 1012));
        ExpectNothing(Closes.OnNode("a", 1012), Text);
    }

    [Fact]
    public void CloseLongAfterTheFault_IsWithoutCause() => Expect(Wrong.ClosedWithoutCause, "ann (connection 1)", """
        1 ann joins
        200 ann is closed with 4002
        """, Closes.Everybody(4002));

    [Fact]
    public void MemberThatHearsNothingOfAnotherAfterTheRepair_IsDeaf()
    {
        var journals = WrittenJournals.Read("""
            1 ann joins
            1 bob joins
            101 ann sends 1
            101 bob sends 1
            102 ann hears bob:1
            102 ann hears ann:1
            102 bob hears bob:1
            """);
        var unhealed = Episode(Closes.Nobody);
        unhealed.Calm = null;

        var finding = Assert.Single(Judge.Decide(journals, [unhealed]).Findings);

        Assert.Equal(Wrong.DeafAfterwards, finding.Wrong);
        Assert.StartsWith("bob does not hear ann", finding.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void MemberThatIsNotBack_IsDeaf()
    {
        var journals = WrittenJournals.Read("""
            1 ann joins
            2 ann is closed with 1012
            101 pat pushes 1
            """);
        var unhealed = Episode(Closes.Everybody(1012));
        unhealed.Calm = null;

        Assert.Contains(Judge.Decide(journals, [unhealed]).Findings, finding => finding.Sentence.StartsWith("ann does not hear pat", StringComparison.Ordinal));
    }

    [Fact]
    public void Story_HasTheLinesThatMatter_MergedByTime()
    {
        var judgement = Decide("""
            1 ann joins
            1 bob joins
            2 ann sends 1
            3 ann hears ann:1
            3 bob hears ann:1
            4 ann sends 2
            5 ann hears ann:2
            6 ann sends 3
            7 ann hears ann:3
            8 bob hears ann:3
            """);

        Assert.Equal(
            [
                "storm something breaks begins",
                "bob joined through gateway 0 (connection 1)",
                "bob heard ann:1 from node a",
                "ann sent ann:2",
                "ann heard ann:2 from node a",
                "ann sent ann:3",
                "ann heard ann:3 from node a",
                "bob heard ann:3 from node a",
                "storm all is repaired",
                "storm everybody hears everybody",
            ],
            Assert.Single(judgement.Findings).Story.Select(entry => $"{entry.Who} {entry.What}"));
    }

    private static Judgement Decide(string text, Closes? closes = null) => Judge.Decide(WrittenJournals.Read(text), [Episode(closes ?? Closes.Nobody)]);

    private static void Expect(Wrong wrong, string beginning, string text, Closes? closes = null)
    {
        var judgement = Decide(text, closes);

        Assert.Contains(judgement.Findings, finding => finding.Wrong == wrong && finding.Sentence.StartsWith(beginning, StringComparison.Ordinal));
        Assert.All(judgement.Findings, finding => Assert.Equal(wrong, finding.Wrong));
    }

    private static void ExpectNothing(Closes closes, string text) => Assert.Empty(Decide(text, closes).Findings);

    private static Episode Episode(Closes closes) =>
        new("something breaks", [closes], began: TimeSpan.Zero)
        {
            Healed = TimeSpan.FromSeconds(100),
            Calm = TimeSpan.FromSeconds(100),
        };
}
