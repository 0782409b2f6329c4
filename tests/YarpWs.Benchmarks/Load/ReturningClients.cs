using System.Diagnostics;
using System.Net;

namespace YarpWs.Benchmarks.Load;

/// <summary>
/// Clients of a server that stops: each is told to go (1012), and comes back at once to another server. One that is refused there waits for as long as it is told
/// to. Whoever has come back must get an echo, and must not lose that socket any more.
/// </summary>
internal sealed class ReturningClients : IAsyncDisposable
{
    private const int UnderWay = 64;

    /// <summary>"Service Restart" in the registry of RFC 6455, section 11.7.</summary>
    private const int ServiceRestart = 1012;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private readonly RestlessClient[] _clients;
    private readonly Lock _gate = new();
    private long _lastReturn;
    private long _longestPause;
    private int _returned;
    private int _refusals;

    private ReturningClients(RestlessClient[] clients) => _clients = clients;

    /// <summary>Answers that told a client to come again later.</summary>
    public int Refusals => Volatile.Read(ref _refusals);

    /// <summary>The longest time in which no client got in, although some were still to come.</summary>
    public TimeSpan LongestPause => Stopwatch.GetElapsedTime(0, Volatile.Read(ref _longestPause));

    /// <summary>Opens so many.</summary>
    public static async Task<ReturningClients> OpenAsync(IPEndPoint server, int count)
    {
        var clients = Enumerable.Range(0, count).Select(number => new RestlessClient(number)).ToArray();
        using var timed = new CancellationTokenSource(Longest);
        foreach (var some in clients.Chunk(UnderWay))
        {
            var pauses = await Task.WhenAll(some.Select(client => client.OpenAsync(server, timed.Token)));
            if (Array.Exists(pauses, pause => pause is not null))
            {
                throw new WrongAnswerException("A client was refused before anything was asked of the server.");
            }
        }

        return new ReturningClients(clients);
    }

    /// <summary>Waits until all have been sent away and have come back to another server; says how long that took.</summary>
    /// <param name="server">Where they go.</param>
    /// <param name="stop">Has the server that they are on stop.</param>
    public async Task<TimeSpan> ReturnAsync(IPEndPoint server, Action stop)
    {
        using var timed = new CancellationTokenSource(Longest);
        var started = _lastReturn = Stopwatch.GetTimestamp();
        var returns = _clients.Select(client => Task.Run(() => ReturnAsync(client, server, timed.Token))).ToArray();
        stop();
        try
        {
            // The first that fails ends it: the run is void, whatever becomes of the others.
            await foreach (var one in Task.WhenEach(returns))
            {
                await one;
            }
        }
        catch (OperationCanceledException)
        {
            throw new WrongAnswerException($"{_returned:N0} of {_clients.Length:N0} clients were back after {Longest.TotalSeconds} s, with {Refusals:N0} refusals.");
        }
        finally
        {
            await timed.CancelAsync();
            await Task.WhenAll(returns).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        return Stopwatch.GetElapsedTime(started, _lastReturn);
    }

    /// <summary>Each gets an echo over the socket that it has.</summary>
    public async Task EchoAsync()
    {
        using var timed = new CancellationTokenSource(Longest);
        foreach (var some in _clients.Chunk(UnderWay))
        {
            await Task.WhenAll(some.Select(client => client.EchoAsync(timed.Token)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }
    }

    private async Task ReturnAsync(RestlessClient client, IPEndPoint server, CancellationToken stop)
    {
        var code = await client.Closed.WaitAsync(stop);
        if (code != ServiceRestart)
        {
            throw new WrongAnswerException($"Expected a goodbye with {ServiceRestart}, got {code}.");
        }

        while (await client.OpenAsync(server, stop) is { } pause)
        {
            Interlocked.Increment(ref _refusals);
            await Task.Delay(pause, stop);
        }

        Count();
        await client.EchoAsync(stop);
    }

    private void Count()
    {
        lock (_gate)
        {
            var now = Stopwatch.GetTimestamp();
            _longestPause = Math.Max(_longestPause, now - _lastReturn);
            _lastReturn = now;
            _returned++;
        }
    }
}
