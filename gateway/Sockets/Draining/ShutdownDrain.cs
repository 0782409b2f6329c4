using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>
/// The order of going down: not ready, for Shutdown:Delay; then nothing new from outside, and every connection asked to end; every socket told 1012, at a rate; wait
/// for their ends, and for those of tunnels, which cannot be told; at the deadline cut what is left. Only then do the listeners stop, so the admin port shows how it goes.
/// </summary>
internal sealed class ShutdownDrain(
    SocketTable table,
    DetachedSockets detached,
    Drains drains,
    IOptions<ShutdownOptions> options,
    IHostApplicationLifetime lifetime,
    StopState state,
    ClientConnections connections,
    TimeProvider time,
    ILogger<ShutdownDrain> logger)
    : IHostedLifecycleService, IDisposable
{
    /// <summary>A few sockets need not take as long as they may: so many clients in a second come back to other gateways with ease.</summary>
    private const double LowestRate = 100;

    /// <summary>
    /// How long before the first socket connections are asked to end: the server sends a GOAWAY in its own time, and a client that heard 1012 first would
    /// come back on the same connection.
    /// </summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// For how long connections may outlive their last socket. The server finds by its clock, once a second, that the last stream of a connection over HTTP/2 has ended; and once
    /// it stops itself, that clock stands still.
    /// </summary>
    private static readonly TimeSpan ServerClock = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _over = new();
    private volatile Drain? _drain;

    /// <summary>Ends those of the admin port's answers that go on until the gateway ends; the listeners would wait for them.</summary>
    public CancellationToken Over => _over.Token;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Told already by a signal, but not when the host is stopped by a call.
        lifetime.StopApplication();
        await GoOnAsync(cancellationToken);
        state.Close();
        connections.AskToEnd();
        drains.StopAll();
        await Task.Delay(HeadStart, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        var drain = new Drain(new DrainPlan(SocketClose.ServiceRestart, RateFor(table.Count, options.Value)), time);
        _drain = drain;
        logger.Stopping(options.Value.Timeout);
        drains.Begin(DrainCause.Shutdown, "the gateway", drain, table.All.Where(CanBeTold));
        try
        {
            // Also those that were closing before, which the drain passes over.
            using var timer = new PeriodicTimer(Drain.Beat, time);
            while (table.Count > 0 || detached.Count > 0)
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }

            var lastEnd = time.GetTimestamp();
            while (connections.Open > 0 && time.GetElapsedTime(lastEnd) < ServerClock)
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            CutTheRest();
        }

        await _over.CancelAsync();
    }

    /// <summary>Not ready, and otherwise as before: until whoever balances in front has seen it.</summary>
    private async Task GoOnAsync(CancellationToken cancellation)
    {
        if (options.Value.Delay > TimeSpan.Zero)
        {
            logger.StopsSoon(options.Value.Delay);
            await Task.Delay(options.Value.Delay, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>How many sockets are told in a second.</summary>
    public static double RateFor(int sockets, ShutdownOptions options) =>
        options.SocketsPerSecond ?? Math.Max(LowestRate, sockets / (options.Timeout / 2).TotalSeconds);

    /// <summary>A socket has opened: its handshake may have been under way when the gateway was told to stop.</summary>
    public void Opened(LiveSocket socket)
    {
        if (CanBeTold(socket))
        {
            _drain?.Add(socket);
        }
    }

    public void Dispose() => _over.Dispose();

    /// <summary>A tunnel has no close frame, and all the time that there is to end by itself.</summary>
    private static bool CanBeTold(LiveSocket socket) => !socket.Origin.IsTunnel;

    private void CutTheRest()
    {
        var left = table.All.ToList();
        if (left.Count > 0)
        {
            logger.SocketsCut(left.Count, left.Count(socket => !socket.IsLeaving));
        }

        foreach (var socket in left)
        {
            socket.Cut(CutReason.ShutdownOver);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>How the gateway stops. Section <c>Shutdown</c>.</summary>
internal sealed record ShutdownOptions
{
    public const string Section = "Shutdown";

    /// <summary>
    /// How long the gateway goes on as before after it was told to stop, but says that it is not ready: whoever balances in front of it needs a
    /// while to see that, and sends clients here until then. <see cref="Timeout"/> begins afterwards. Default 0.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Delay { get; init; }

    /// <summary>How long requests and the goodbyes of sockets may take; what is left then is cut. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Sockets told 1012 in a second. Default null: as many as it takes to have told all in half of <see cref="Timeout"/>, and at least 100.
    /// A rate that is too low for that leaves the rest to be cut.
    /// </summary>
    [Range(1.0, 1_000_000.0)]
    public double? SocketsPerSecond { get; init; }
}

/// <summary>
/// Catches sockets whose handshake was under way when it was decided that sockets like them should go. The one that decides so says it first and looks
/// into the table then; here a socket stands in the table first and asks then. One of the two sees the other.
/// </summary>
internal sealed class LateSockets(ShutdownDrain shutdown, DrainedDestinations drained, RemovedSockets removed)
{
    /// <summary>A socket stands in the table now.</summary>
    public void Opened(LiveSocket socket)
    {
        shutdown.Opened(socket);
        drained.Opened(socket);
        removed.Opened(socket);
    }
}
