namespace YarpWs.Benchmarks.Measuring;

/// <summary>One thing that is measured, of several contenders side by side. Less is better.</summary>
internal sealed record Figure
{
    /// <summary>The word on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>What is measured, in one sentence.</summary>
    public required string Title { get; init; }

    public required string Unit { get; init; }

    /// <summary>The contender whose value is divided by those of the others: the product, or one of its sizes.</summary>
    public required string Ours { get; init; }

    /// <summary>Where the product wants to be.</summary>
    public IReadOnlyList<Target> Targets { get; init; } = [];

    /// <summary>Whether a smoke run of all figures leaves it out, because another one that it has starts the same servers and the same load, with other numbers.</summary>
    public bool IsLikeAnother { get; init; }

    public required Func<Bench, IReadOnlyList<Contender>> Contenders { get; init; }
}

/// <summary>The product's value divided by this contender's is to be no more than this.</summary>
/// <param name="Contender">Whose.</param>
/// <param name="Ratio">At most.</param>
/// <param name="Beside">The name of the value that is meant, when it is one of those beside the figure's own.</param>
internal sealed record Target(string Contender, double Ratio, string? Beside = null);
