namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>Faults that strike together, each after a while of its own, and how quiet it was before.</summary>
internal sealed record Blow(TimeSpan Quiet, IReadOnlyList<(TimeSpan After, Fault Fault)> Faults);

/// <summary>The script of a storm, without end: the same seed writes the same one.</summary>
internal static class Schedule
{
    /// <summary>One blow in so many is of two faults at once.</summary>
    private const int OneInDouble = 3;

    public static IEnumerable<Blow> Of(int seed, IReadOnlyList<Func<Chance, Fault>> faults)
    {
        var chance = new Chance(seed);
        while (true)
        {
            var quiet = chance.Between(0.2, 2);
            var struck = new List<(TimeSpan After, Fault Fault)> { (TimeSpan.Zero, chance.Of(faults)(chance)) };
            if (chance.OneIn(OneInDouble))
            {
                var second = (chance.Between(0, 3), chance.Of(faults)(chance));
                if (second.Item2.Target != struck[0].Fault.Target)
                {
                    struck.Add(second);
                }
            }

            yield return new Blow(quiet, struck);
        }
    }
}
