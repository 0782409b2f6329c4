namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>The only source of chance in a storm's script: the same seed draws the same.</summary>
internal sealed class Chance(int seed)
{
    private readonly Random _random = new(seed);

    public int Below(int bound) => _random.Next(bound);

    public bool OneIn(int count) => _random.Next(count) == 0;

    public T Of<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    /// <summary>In whole tenths of a second, so that a script reads well.</summary>
    public TimeSpan Between(double least, double most) => TimeSpan.FromSeconds(Math.Round(least + (_random.NextDouble() * (most - least)), 1));
}
