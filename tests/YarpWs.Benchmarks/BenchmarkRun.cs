using System.Runtime.CompilerServices;
using YarpWs.Benchmarks.Figures;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Measuring;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks;

/// <summary>One run of the program: some figures, and what is done with their outcomes.</summary>
internal static class BenchmarkRun
{
    /// <returns>The exit code: 0 when every figure was measured, whether or not it met its target.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> names, int rounds, bool isSmoke, string? json, bool isRecorded, string? before, IReadOnlyList<string> peers, CancellationToken stop)
    {
        if (!Executables.IsRelease && !isSmoke)
        {
            await Console.Error.WriteLineAsync("This is not a Release build, and its times would mean nothing: add -c Release.");
            return 1;
        }

        await using var scratch = new Scratch();
        var bench = new Bench(new Scale { Rounds = isSmoke ? 1 : rounds, IsSmoke = isSmoke }, scratch, before, peers);
        var outcomes = new List<Outcome>();
        try
        {
            foreach (var figure in FigureList.Named(names, isSmoke))
            {
                var outcome = await Rounds.RunAsync(figure, bench, Console.Error, stop);
                Console.WriteLine($"\n## {outcome.Name}\n\n{Table.Of(outcome)}");
                outcomes.Add(outcome);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 1;
        }
        catch (Exception exception) when (exception is WrongAnswerException or TimeoutException or InvalidOperationException)
        {
            scratch.IsKept = true;
            await Console.Error.WriteLineAsync($"{exception.Message}\nThe servers' own words are in {scratch.Folder}.");
            return 1;
        }

        if (json is not null)
        {
            await WriteAsync(json, Report.Of(outcomes));
        }

        if (isRecorded && !isSmoke && before is null && peers is [])
        {
            ResultsFile.Record(ResultsPath(), outcomes);
        }

        return 0;
    }

    private static Task WriteAsync(string path, string text) => path == "-" ? Console.Out.WriteLineAsync(text) : File.WriteAllTextAsync(path, text);

    private static string ResultsPath([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "RESULTS.md");
}
