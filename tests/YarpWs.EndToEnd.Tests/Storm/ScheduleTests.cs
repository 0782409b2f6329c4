using Xunit;

namespace YarpWs.EndToEnd.Tests.Storm;

public sealed class ScheduleTests
{
    private static readonly IReadOnlyList<Func<Chance, Fault>> Faults = ProcessFaults.All;

    [Fact]
    public void SameSeed_WritesTheSameScript() => Assert.Equal(Script(seed: 7), Script(seed: 7));

    [Fact]
    public void AnotherSeed_WritesAnotherScript() => Assert.NotEqual(Script(seed: 7), Script(seed: 8));

    [Fact]
    public void Script_UsesEveryFault()
    {
        var names = Script(seed: 7).SelectMany(blow => blow).Select(WithoutNumbers).ToHashSet();

        Assert.All(Faults, fault => Assert.Contains(WithoutNumbers(fault(new Chance(7)).Name), names));
    }

    [Fact]
    public void FaultsThatStrikeTogether_HaveDifferentTargets() =>
        Assert.All(Schedule.Of(seed: 7, Faults).Take(500), blow => Assert.Distinct(blow.Faults.Select(struck => struck.Fault.Target)));

    [Fact]
    public void TwoFaultsThatForget_NeverStrikeTogether() =>
        Assert.All(Schedule.Of(seed: 7, Faults).Take(500), blow => Assert.InRange(blow.Faults.Count(struck => struck.Fault.Forgets), 0, 1));

    private static List<List<string>> Script(int seed) =>
        [.. Schedule.Of(seed, Faults).Take(200).Select(blow => blow.Faults.Select(struck => struck.Fault.Name).ToList())];

    private static string WithoutNumbers(string name) => new([.. name.Where(letter => !char.IsDigit(letter) && letter is not ('+' or '-' or '.'))]);
}
