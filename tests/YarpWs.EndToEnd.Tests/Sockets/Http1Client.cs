using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>A WebSocket on a TCP connection of its own, with or without TLS.</summary>
internal sealed class Http1Client : WireClient
{
    private readonly Socket _socket;
    private readonly Stream _stream;

    private Http1Client(Socket socket, Stream stream) => (_socket, _stream) = (socket, stream);

    public static async Task<WireClient> ConnectAsync(
        Socket socket, Stream stream, string authority, string target, (string Name, string Value)[] more, CancellationToken cancellationToken)
    {
        var client = new Http1Client(socket, stream);
        string[] headers = [$"Host: {authority}", .. RawWebSocket.Handshake(), .. more.Select(header => $"{header.Name}: {header.Value}")];
        await client.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\n{string.Concat(headers.Select(line => line + "\r\n"))}\r\n"), cancellationToken);
        var head = await RawConnection.ReadHeadAsync(stream);
        if (head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
        {
            return client;
        }

        throw new HttpRequestException(head, inner: null, (HttpStatusCode)int.Parse(head.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    public override async Task EndAsync()
    {
        if (_stream is SslStream tls)
        {
            try
            {
                await tls.ShutdownAsync();
            }
            catch (IOException)
            {
                // The gateway has cut the connection already, as the system would not say of a socket without TLS.
            }
        }

        _socket.Shutdown(SocketShutdown.Send);
    }

    public override Task ResetAsync()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
        return Task.CompletedTask;
    }

    public override void Exit() => _socket.Close();

    public override ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => _stream.WriteAsync(bytes, cancellationToken);

    protected override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => _stream.ReadAsync(buffer, cancellationToken);
}
