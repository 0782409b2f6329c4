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
        var contenders = figure.Contenders(bench);
        var runs = new Dictionary<string, IRun>();
        var measured = contenders.ToDictionary(contender => contender.Name, _ => new List<Measurement>());
        try
        {
            foreach (var contender in contenders.Where(contender => contender.Absence is null))
            {
                stop.ThrowIfCancellationRequested();
                await progress.WriteLineAsync($"{figure.Name}: starting {contender.Name}");
                runs[contender.Name] = await contender.StartAsync();
                await runs[contender.Name].WarmUpAsync();
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
            foreach (var run in runs.Values)
            {
                await run.DisposeAsync();
            }
        }

        return Outcome.Of(figure, [.. contenders.Select(contender => (contender, (IReadOnlyList<Measurement>)measured[contender.Name]))]);
    }
}
