using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>A WebSocket on a TCP connection of its own.</summary>
internal sealed class Http1Client : WireClient
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private Http1Client()
    {
    }

    public static async Task<WireClient> ConnectAsync(Uri server, string target, string? extensions, CancellationToken cancellationToken)
    {
        var client = new Http1Client();
        await client._socket.ConnectAsync(server.Host, server.Port, cancellationToken);
        string[] headers = [$"Host: {server.Authority}", .. RawWebSocket.Handshake(), .. extensions is null ? Array.Empty<string>() : [$"Sec-WebSocket-Extensions: {extensions}"]];
        await client.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\n{string.Concat(headers.Select(line => line + "\r\n"))}\r\n"), cancellationToken);
        using var stream = new NetworkStream(client._socket, ownsSocket: false);
        var head = await RawConnection.ReadHeadAsync(stream);
        if (head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
        {
            return client;
        }

        await client.DisposeAsync();
        throw new HttpRequestException(head, inner: null, (HttpStatusCode)int.Parse(head.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    public override Task EndAsync()
    {
        _socket.Shutdown(SocketShutdown.Send);
        return Task.CompletedTask;
    }

    public override Task ResetAsync()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (bytes.Length > 0)
            {
                bytes = bytes[await _socket.SendAsync(bytes, cancellationToken)..];
            }
        }
        catch (SocketException exception)
        {
            throw new IOException("The connection is gone.", exception);
        }
    }

    protected override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _socket.ReceiveAsync(buffer, cancellationToken);
        }
        catch (SocketException exception)
        {
            throw new IOException("The connection is gone.", exception);
        }
    }
}
