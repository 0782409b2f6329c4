using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Measuring;

/// <summary>Load before the first round, until what the servers run is compiled for good.</summary>
internal static class WarmUp
{
    /// <summary>Compilers of .NET that take less of a processor than this have come to rest.</summary>
    private const double Rest = 0.01;

    /// <summary>Some methods are so rare that a compiler never quite rests.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(80);

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    /// <summary>Runs the load for a time, and then on, as long as a server still compiles.</summary>
    /// <param name="scale">How long at least.</param>
    /// <param name="servers">Those under test.</param>
    /// <param name="load">Runs for the time that it is given.</param>
    public static void Run(Scale scale, Running servers, Action<TimeSpan> load)
    {
        load(scale.WarmUp);
        if (scale.IsSmoke)
        {
            return;
        }

        for (var passed = scale.WarmUp; passed < Longest; passed += Step)
        {
            var before = servers.CompilerSeconds();
            load(Step);
            if (servers.CompilerSeconds() - before <= Step.TotalSeconds * Rest)
            {
                return;
            }
        }
    }
}
