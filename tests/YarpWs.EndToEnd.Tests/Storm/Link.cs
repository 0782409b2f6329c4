using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>
/// A TCP proxy before one process. Its address lasts while the process behind it dies and comes back on another port, and it can be cut, closed and stalled.
/// An end is passed on as it came: a FIN as a FIN, everything else as a RST.
/// </summary>
internal sealed class Link : IAsyncDisposable
{
    private const int BufferBytes = 16 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Pair, Task> _pairs = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _accepting;
    private volatile TaskCompletionSource _flowing = Flowing();
    private volatile bool _isClosed;

    public Link()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>Where connections go from now on.</summary>
    public int Target { get; set; }

    /// <summary>Resets what is connected; new connections are let through.</summary>
    public void Cut()
    {
        foreach (var pair in _pairs.Keys)
        {
            pair.Reset();
        }
    }

    /// <summary>Resets what is connected, and whatever connects, until <see cref="Open"/>.</summary>
    public void Close()
    {
        _isClosed = true;
        Cut();
    }

    /// <summary>Connections stay, and nothing passes, until <see cref="Open"/>.</summary>
    public void Stall() => _flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open()
    {
        _isClosed = false;
        _flowing.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        Close();
        await _accepting;
        await Task.WhenAll(_pairs.Values);
        _ending.Dispose();
    }

    private static TaskCompletionSource Flowing()
    {
        var flowing = new TaskCompletionSource();
        flowing.SetResult();
        return flowing;
    }

    private async Task AcceptAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                var pair = new Pair(await _listener.AcceptSocketAsync(_ending.Token), this);
                _pairs.TryAdd(pair, pair.Ended);
                if (_isClosed)
                {
                    pair.Reset();
                }

                _ = pair.RunAsync();
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The link ends, or who connected is gone again.
            }
        }
    }

    /// <summary>One connection: both its ends.</summary>
    private sealed class Pair(Socket client, Link link) : IDisposable
    {
        private readonly CancellationTokenSource _reset = CancellationTokenSource.CreateLinkedTokenSource(link._ending.Token);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public void Reset()
        {
            try
            {
                _reset.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended by itself.
            }
        }

        public Task Ended => _ended.Task;

        /// <summary>Takes itself out of the link's pairs when it has ended, and does not fail.</summary>
        public async Task RunAsync()
        {
            client.NoDelay = true;
            try
            {
                await _server.ConnectAsync(IPAddress.Loopback, link.Target, _reset.Token);
                await Task.WhenAll(PumpAsync(client, _server), PumpAsync(_server, client));
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // With this option, closing resets.
                client.LingerState = _server.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            finally
            {
                Dispose();
                link._pairs.TryRemove(this, out _);
                _ended.SetResult();
            }
        }

        public void Dispose()
        {
            client.Dispose();
            _server.Dispose();
            _reset.Dispose();
        }

        private async Task PumpAsync(Socket from, Socket to)
        {
            var buffer = new byte[BufferBytes];
            while (true)
            {
                var count = await ReceiveAsync(from, buffer);
                await link._flowing.Task.WaitAsync(_reset.Token);
                if (count == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }

                // Where this fails, that end is gone; what it has sent before still goes the other way, which then finds its reset.
                for (var rest = buffer.AsMemory(0, count); !rest.IsEmpty;)
                {
                    rest = rest[await to.SendAsync(rest, _reset.Token)..];
                }
            }
        }

        private async Task<int> ReceiveAsync(Socket from, byte[] buffer)
        {
            try
            {
                return await from.ReceiveAsync(buffer.AsMemory(), _reset.Token);
            }
            catch
            {
                // The other direction ends with this one.
                await _reset.CancelAsync();
                throw;
            }
        }
    }
}
