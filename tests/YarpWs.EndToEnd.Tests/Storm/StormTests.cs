using System.Globalization;
using Xunit;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>
/// No message is lost unseen, whatever fails. The script comes from a seed that the run prints; <c>YARPWS_STORM_SEED</c> runs it again, and
/// <c>YARPWS_STORM_SECONDS</c> makes it longer.
/// </summary>
[Collection("Storm")]
[Trait("Category", "Long")]
public sealed class StormTests
{
    [Fact(Explicit = true)]
    public Task SingleRedis_LosesNothingUnseen() => RunAsync(new SingleRedis());

    [Fact(Explicit = true)]
    public Task Sentinel_LosesNothingUnseen() => RunAsync(new SentinelRedis());

    [Fact(Explicit = true)]
    public Task Cluster_LosesNothingUnseen() => RunAsync(new ClusterRedis());

    private static async Task RunAsync(StormRedis redis)
    {
        var output = TestContext.Current.TestOutputHelper!;
        var seed = Setting("YARPWS_STORM_SEED", Random.Shared.Next());
        var duration = TimeSpan.FromSeconds(Setting("YARPWS_STORM_SECONDS", 60));
        output.WriteLine($"A storm of {duration.TotalSeconds} s with the seed {seed}.");
        await using var storm = new StormRun(seed, duration, redis, TimeProvider.System, output.WriteLine);

        var judgement = await storm.RunAsync(TestContext.Current.CancellationToken);

        output.WriteLine(judgement.Table());
        Assert.True(judgement.Findings.Count == 0, judgement.Findings.Count == 0 ? null : storm.Tell(judgement));
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
