using System.Net.Security;
using System.Net.Sockets;
using Xunit;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>How a client's WebSocket is carried.</summary>
public enum Carrier
{
    Http1,

    /// <summary>RFC 8441.</summary>
    Http2,

    /// <summary>HTTP/1.1 over TLS.</summary>
    Tls,

    /// <summary>RFC 8441 over TLS, as browsers do it.</summary>
    Http2OverTls,
}

/// <summary>A client that does nothing by itself, after the handshake: bytes go and come as they are.</summary>
internal abstract class WireClient : IAsyncDisposable
{

    private readonly FrameReader _frames = new();
    private readonly byte[] _buffer = new byte[16 * 1024];

    /// <summary>Every byte that came and was read.</summary>
    public MemoryStream Received { get; } = new();

    /// <param name="carrier">How.</param>
    /// <param name="server">Its port is the carrier's.</param>
    /// <param name="target">Path and query.</param>
    /// <param name="extensions">What is offered.</param>
    /// <param name="token">A bearer token; null to come without.</param>
    public static Task<WireClient> ConnectAsync(Carrier carrier, Uri server, string target = "/open/x", string? extensions = null, string? token = null) =>
        WithDeadlineAsync("the handshake", async deadline =>
        {
            (string Name, string Value)[] headers =
            [
                .. extensions is null ? Array.Empty<(string, string)>() : [("sec-websocket-extensions", extensions)],
                .. token is null ? Array.Empty<(string, string)>() : [("authorization", "Bearer " + token)],
            ];
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(server.Host, server.Port, deadline);
                Stream stream = new NetworkStream(socket, ownsSocket: true);
                var isHttp2 = carrier is Carrier.Http2 or Carrier.Http2OverTls;
                if (carrier is Carrier.Tls or Carrier.Http2OverTls)
                {
                    var tls = new SslStream(stream);
                    await tls.AuthenticateAsClientAsync(
                        new SslClientAuthenticationOptions
                        {
                            TargetHost = "localhost",
                            ApplicationProtocols = [isHttp2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11],
                            CertificateChainPolicy = WireCertificate.Trust(),
                        },
                        deadline);
                    stream = tls;
                }

                return isHttp2
                    ? await Http2Client.ConnectAsync(socket, stream, server.Authority, target, headers, deadline)
                    : await Http1Client.ConnectAsync(socket, stream, server.Authority, target, headers, deadline);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        });

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => WithDeadlineAsync("to send", async token =>
    {
        await WriteAsync(bytes, token);
        return true;
    });

    public Task SendAsync(Opcode opcode, byte[] payload) => SendAsync(Frames.Of(opcode, payload));

    /// <summary>The next frame; null at the end, whatever kind of end.</summary>
    public Task<RawFrame?> ReadFrameAsync() => WithDeadlineAsync("a frame", async token =>
    {
        while (true)
        {
            if (_frames.Next() is { } frame)
            {
                return frame;
            }

            if (await ReadSomeAsync(token) is not (> 0 and var count))
            {
                return null;
            }

            _frames.Add(_buffer.AsSpan(0, count));
        }
    });

    public Task ReadToEndAsync() => WithDeadlineAsync("the end", async token =>
    {
        while (await ReadSomeAsync(token) > 0)
        {
        }

        return true;
    });

    /// <summary>Reads on to the close frame, answers it, and returns its code; null when there was none.</summary>
    public async Task<int?> ReadCloseAsync()
    {
        while (await ReadFrameAsync() is { } frame)
        {
            if (frame.Opcode == Opcode.Close)
            {
                try
                {
                    await SendAsync(Opcode.Close, frame.Payload);
                }
                catch (IOException)
                {
                    // The gateway need not wait for the answer.
                }

                return frame.CloseCode;
            }
        }

        return null;
    }

    /// <summary>Sends nothing more, and goes on reading: FIN, or END_STREAM.</summary>
    public abstract Task EndAsync();

    /// <summary>Ends without a word: RST, or RST_STREAM.</summary>
    public abstract Task ResetAsync();

    /// <summary>Ends the connection as the system does for a process that exits: by RST when something was left unread, else by FIN.</summary>
    public abstract void Exit();

    public abstract ValueTask DisposeAsync();

    protected abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Returns 0 at the end, and throws an <see cref="IOException"/> for a reset.</summary>
    protected abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    private async ValueTask<int> ReadSomeAsync(CancellationToken cancellationToken)
    {
        try
        {
            var count = await ReadAsync(_buffer, cancellationToken);
            Received.Write(_buffer, 0, count);
            return count;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static async Task<T> WithDeadlineAsync<T>(string what, Func<CancellationToken, Task<T>> wait)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline.Length);
        try
        {
            return await wait(deadline.Token);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Waited {Deadline.Length.TotalSeconds} s for {what}.");
        }
    }
}
