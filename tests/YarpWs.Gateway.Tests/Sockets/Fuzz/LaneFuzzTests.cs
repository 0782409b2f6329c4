using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace YarpWs.Gateway.Tests.Sockets.Fuzz;

/// <summary>
/// Whatever an end sends, in whatever pieces, and whatever the gateway puts in: what goes on is what came in, up to the first fault. A failure
/// tells the smallest traffic that shows it, and two numbers; with these as YARPWS_FUZZ_REPLAY="n,n" the same run is repeated.
/// </summary>
public sealed class LaneFuzzTests
{
    [Fact]
    public void Frames_GoOnUnchanged_WithTheGatewaysOwnAtTheirPlaces() => Run(TrafficGenerator.Frames, 300);

    [Fact]
    public void Garbage_GoesOn_OrIsAFault_AndHarmsNothing() => Run(TrafficGenerator.Garbage, 300);

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public void Frames_GoOnUnchanged_ManyTimes() => Run(TrafficGenerator.Frames, 2_000);

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public void Garbage_HarmsNothing_ManyTimes() => Run(TrafficGenerator.Garbage, 2_000);

    private static void Run(Arbitrary<Traffic> traffic, int count)
    {
        var config = Config.QuickThrowOnFailure.WithMaxTest(count);
        if (Environment.GetEnvironmentVariable("YARPWS_FUZZ_REPLAY")?.Split(',') is [var seed, var gamma])
        {
            config = config.WithReplay(new Replay(
                new Rnd(ulong.Parse(seed, CultureInfo.InvariantCulture), ulong.Parse(gamma, CultureInfo.InvariantCulture)), null));
        }

        FsCheck.Check.One(config, Prop.ForAll(traffic, Play));
    }

    private static void Play(Traffic traffic)
    {
        using var run = new LaneRun(traffic);
        run.Check();
    }
}
