namespace YarpWs.Benchmarks.Measuring;

/// <summary>Measures the contenders of a figure in turns.</summary>
internal static class Rounds
{
    /// <summary>
    /// Starts all contenders that are there, warms each up, and measures one after the other, round by round, every second round
    /// in reverse order: whatever the machine does meanwhile, it does to all of them.
    /// </summary>
    public static async Task<Outcome> RunAsync(Figure figure, Bench bench, TextWriter progress, CancellationToken stop)
    {
        IReadOnlyList<Contender> contenders = [.. figure.Contenders(bench).Where(contender => bench.Peers is [] || contender.Name == figure.Ours || bench.Peers.Contains(contender.Name))];
        var runs = new Dictionary<string, IRun>();
        var measured = contenders.ToDictionary(contender => contender.Name, _ => new List<Measurement>());
        try
        {
            await foreach (var (contender, run) in StartAsync([.. contenders.Where(contender => contender.Absence is null)], bench.Scale))
            {
                stop.ThrowIfCancellationRequested();
                await progress.WriteLineAsync($"{figure.Name}: {contender.Name} has started");
                runs[contender.Name] = run;
                await run.WarmUpAsync();
            }

            for (var round = 1; round <= bench.Scale.Rounds; round++)
            {
                foreach (var name in round % 2 == 1 ? runs.Keys : runs.Keys.Reverse())
                {
                    stop.ThrowIfCancellationRequested();
                    var measurement = await runs[name].MeasureAsync();
                    measured[name].Add(measurement);
                    await progress.WriteLineAsync($"{figure.Name}: round {round}, {name}: {Table.Number(measurement.Value)} {figure.Unit}");
                }
            }
        }
        finally
        {
            await Task.WhenAll(runs.Values.Select(run => run.DisposeAsync().AsTask()));
        }

        return Outcome.Of(figure, [.. contenders.Select(contender => (contender, (IReadOnlyList<Measurement>)measured[contender.Name]))]);
    }

    /// <summary>One after the other, each warmed up before the next begins; all at once where no time is taken.</summary>
    private static async IAsyncEnumerable<(Contender Contender, IRun Run)> StartAsync(IReadOnlyList<Contender> contenders, Scale scale)
    {
        var early = scale.IsSmoke ? contenders.Select(contender => Task.Run(contender.StartAsync)).ToArray() : null;
        for (var i = 0; i < contenders.Count; i++)
        {
            yield return (contenders[i], await (early?[i] ?? contenders[i].StartAsync()));
        }
    }
}
