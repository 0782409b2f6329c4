using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>
/// A backend that accepts every handshake, and permessage-deflate when it is offered, and then does only what the test wants, down to the
/// byte: it can break the protocol, stop reading or die at any place.
/// </summary>
internal sealed class RawBackend : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Func<RawConnection, Task> _behave;
    private readonly Task _accepting;
    private int _open;

    /// <param name="behave">What it does with a connection after the handshake. The connection is closed when this has returned or failed.</param>
    public RawBackend(Func<RawConnection, Task> behave)
    {
        _behave = behave;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Connections that it holds now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Connections that have shaken hands, oldest first.</summary>
    public ConcurrentQueue<RawConnection> Connections { get; } = [];

    /// <summary>Sends back every frame as it came, but for the mask, and ends with the first close frame.</summary>
    public static async Task EchoAsync(RawConnection connection)
    {
        while (await connection.ReadFrameAsync() is { } frame)
        {
            await connection.SendAsync(frame.Unmasked());
            if (frame.Opcode == Opcode.Close)
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        foreach (var connection in Connections)
        {
            connection.Reset();
        }

        await _accepting;
        await Task.WhenAll(_connections);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(HoldAsync(await _listener.AcceptSocketAsync(_stopping.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // It stops.
        }
    }

    private async Task HoldAsync(Socket socket)
    {
        Interlocked.Increment(ref _open);
        try
        {
            using var connection = new RawConnection(socket);
            var answer = Answer(await RawConnection.ReadHeadAsync(connection.Stream));

            // Known before the client hears of it.
            Connections.Enqueue(connection);
            await connection.SendAsync(answer);
            await _behave(connection);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The other side is gone, or the test is over.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private static byte[] Answer(string head)
    {
        string? Header(string name) => head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
        var key = Header("Sec-WebSocket-Key");
        Assert.NotNull(key);
#pragma warning disable CA5350 // RFC 6455, section 4.2.2.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        var extensions = Header("Sec-WebSocket-Extensions") is { } offered ? $"Sec-WebSocket-Extensions: {offered}\r\n" : "";
        return Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{extensions}\r\n");
    }
}
