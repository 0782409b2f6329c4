namespace YarpWs.Benchmarks.Measuring;

/// <summary>A figure after its rounds.</summary>
internal sealed record Outcome(string Name, string Title, string Unit, string Ours, int Rounds, IReadOnlyList<OutcomeRow> Rows)
{
    public static Outcome Of(Figure figure, IReadOnlyList<(Contender Contender, IReadOnlyList<Measurement> Rounds)> results)
    {
        var ours = results.Single(result => result.Contender.Name == figure.Ours).Rounds;
        return new Outcome(figure.Name, figure.Title, figure.Unit, figure.Ours, ours.Count, [.. results.Select(result => RowOf(figure, result, ours))]);
    }

    private static OutcomeRow RowOf(Figure figure, (Contender Contender, IReadOnlyList<Measurement> Rounds) result, IReadOnlyList<Measurement> ours)
    {
        var (contender, rounds) = result;
        if (rounds.Count == 0)
        {
            return new OutcomeRow(contender.Name, contender.Absence, null, null, null, []);
        }

        var beside = rounds[0].Beside.Select((first, index) => BesideOf(
            first.Name, TargetOf(figure, contender, first.Name), [.. rounds.Select(round => round.Beside[index].Value)], ours));
        var ratio = contender.Name == figure.Ours || rounds[0].Value == 0
            ? null
            : Spread.Of(ours.Zip(rounds, (mine, theirs) => mine.Value / theirs.Value));
        return new OutcomeRow(
            contender.Name,
            null,
            Spread.Of(rounds.Select(round => round.Value)),
            ratio,
            TargetOf(figure, contender, beside: null),
            [.. beside]);
    }

    private static double? TargetOf(Figure figure, Contender contender, string? beside) =>
        figure.Targets.FirstOrDefault(target => target.Contender == contender.Name && target.Beside == beside)?.Ratio;

    /// <summary>The product need not have every value that another contender has, but one that has a target.</summary>
    private static BesideValue BesideOf(string name, double? target, IReadOnlyList<double> theirs, IReadOnlyList<Measurement> ours) => new(
        name,
        Spread.Of(theirs).Median,
        target is null ? null : Spread.Of(ours.Zip(theirs, (mine, value) => mine.Beside.Single(beside => beside.Name == name).Value / value)),
        target);
}

/// <summary>
/// One contender's line: why it did not take part, and then the rest is empty; or its values, the product's value divided by them
/// round by round, and what that ratio is to be at most.
/// </summary>
internal sealed record OutcomeRow(
    string Contender, string? Absence, Spread? Value, Spread? Ratio, double? Target, IReadOnlyList<BesideValue> Beside)
{
    public bool? IsTargetMet => Ratio is not null && Target is not null ? Ratio.Median <= Target : null;
}

/// <summary>One more value of a contender; where there is a target for it, with the product's divided by it, as in <see cref="OutcomeRow"/>.</summary>
internal sealed record BesideValue(string Name, double Median, Spread? Ratio, double? Target)
{
    public bool? IsTargetMet => Ratio is not null && Target is not null ? Ratio.Median <= Target : null;
}
