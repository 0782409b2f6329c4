using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using YarpWs.Platform.Settings;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// Connects to destinations by name. What a name means is kept for a while and asked again then; while the answer is under way, or fails, the one
/// before goes on. Several addresses take turns, and one that does not answer leaves the others time enough. Any thread may call it.
/// </summary>
/// <param name="resolve">Asks for a name's addresses.</param>
/// <param name="time">Tells how old an answer is.</param>
/// <param name="logger">Is told of names that cannot be asked again.</param>
internal sealed class DestinationNames(Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeProvider time, ILogger<DestinationNames> logger)
{
    /// <summary>Only names that stand in the routes are asked, and none is needed longer than that.</summary>
    private const int MostNames = 10_000;

    private readonly ConcurrentDictionary<string, Answer> _answers = new(StringComparer.OrdinalIgnoreCase);
    private int _turn;

    /// <summary>Connects to one of a host's addresses.</summary>
    /// <param name="host">A name, an address, or what stands for a Unix socket (<see cref="UnixHost"/>).</param>
    /// <param name="port">Its port.</param>
    /// <param name="options">How long it may take, and how old an answer may be.</param>
    /// <param name="loop">Watches the connection.</param>
    /// <param name="descriptors">Say whether one more connection may be opened; null for what must be connected whatever others take.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="SocketException">The name has no address, or none of them was reached.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async Task<LoopSocket> ConnectAsync(string host, int port, DestinationConnectionOptions options, EventLoop loop, Descriptors? descriptors, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return await LoopSocket.ConnectAsync(new IPEndPoint(literal, port), loop, descriptors, cancellation);
        }

        if (UnixHost.EndPointOf(host) is { } unix)
        {
            return await LoopSocket.ConnectAsync(unix, loop, descriptors, cancellation);
        }

        var addresses = await ResolveAsync(host, options.NameLifetime, cancellation);
        var first = (uint)Interlocked.Increment(ref _turn);
        for (var i = 0; ; i++)
        {
            var address = new IPEndPoint(addresses[(first + i) % addresses.Length], port);
            if (i + 1 == addresses.Length)
            {
                return await LoopSocket.ConnectAsync(address, loop, descriptors, cancellation);
            }

            using var share = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            share.CancelAfter(options.ConnectTimeout / addresses.Length);
            try
            {
                return await LoopSocket.ConnectAsync(address, loop, descriptors, share.Token);
            }
            catch (Exception exception) when ((exception is SocketException && !Descriptors.AreShortIn(exception)) || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                // Perhaps the next address is reached.
            }
        }
    }

    /// <summary>A host's addresses, at least one.</summary>
    /// <exception cref="SocketException">There are none, and never were.</exception>
    public async ValueTask<IPAddress[]> ResolveAsync(string host, TimeSpan lifetime, CancellationToken cancellation)
    {
        if (_answers.TryGetValue(host, out var known) && (time.GetElapsedTime(known.At) < lifetime || !known.TryBeginRefresh()))
        {
            return known.Addresses;
        }

        try
        {
            var addresses = await resolve(host, cancellation);
            if (addresses.Length == 0)
            {
                throw new SocketException((int)SocketError.HostNotFound);
            }

            if (_answers.Count >= MostNames)
            {
                _answers.Clear();
            }

            _answers[host] = new Answer(addresses, time.GetTimestamp());
            return addresses;
        }
        catch (SocketException exception) when (known is not null)
        {
            // A resolver that fails says nothing about where the destination was. It is asked again when as much time has passed.
            logger.NameNotResolved(host, exception.Message);
            _answers[host] = new Answer(known.Addresses, time.GetTimestamp());
            return known.Addresses;
        }
        finally
        {
            known?.EndRefresh();
        }
    }

    private sealed class Answer(IPAddress[] addresses, long at)
    {
        private int _isRefreshed;

        public IPAddress[] Addresses => addresses;

        public long At => at;

        /// <summary>One asks; the others go on with this answer meanwhile.</summary>
        public bool TryBeginRefresh() => Interlocked.Exchange(ref _isRefreshed, 1) == 0;

        public void EndRefresh() => Volatile.Write(ref _isRefreshed, 0);
    }
}
