namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>Faults that strike together, each after a while of its own, and how quiet it was before.</summary>
internal sealed record Blow(TimeSpan Quiet, IReadOnlyList<(TimeSpan After, Fault Fault)> Faults);

/// <summary>The script of a storm, without end: the same seed writes the same one.</summary>
internal static class Schedule
{
    /// <summary>One blow in so many is of two faults at once.</summary>
    private const int OneInDouble = 3;

    /// <summary>Two of <see cref="StormCluster.AuditInterval"/> and more: by then those who missed what was forgotten are told.</summary>
    private static readonly TimeSpan Telling = 5 * StormCluster.AuditInterval;

    public static IEnumerable<Blow> Of(int seed, IReadOnlyList<Func<Chance, Fault>> faults)
    {
        var chance = new Chance(seed);
        var hasForgotten = false;
        while (true)
        {
            var quiet = chance.Between(0.2, 2) + (hasForgotten ? Telling : TimeSpan.Zero);
            var struck = new List<(TimeSpan After, Fault Fault)> { (TimeSpan.Zero, chance.Of(faults)(chance)) };
            if (chance.OneIn(OneInDouble))
            {
                var (after, second) = (chance.Between(0, 3), chance.Of(faults)(chance));
                if (second.Target != struck[0].Fault.Target && !(second.Forgets && struck[0].Fault.Forgets))
                {
                    struck.Add((after, second));
                }
            }

            hasForgotten = struck.Any(one => one.Fault.Forgets);
            yield return new Blow(quiet, struck);
        }
    }
}
