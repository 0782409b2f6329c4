using Xunit;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>How a client's WebSocket is carried.</summary>
public enum Carrier
{
    Http1,

    /// <summary>RFC 8441.</summary>
    Http2,
}

/// <summary>A client that does nothing by itself, after the handshake: bytes go and come as they are.</summary>
internal abstract class WireClient : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly FrameReader _frames = new();
    private readonly byte[] _buffer = new byte[16 * 1024];

    /// <summary>Every byte that came and was read.</summary>
    public MemoryStream Received { get; } = new();

    public static Task<WireClient> ConnectAsync(Carrier carrier, Uri server, string target = "/open/x", string? extensions = null) =>
        WithDeadlineAsync("the handshake", token => carrier == Carrier.Http1
            ? Http1Client.ConnectAsync(server, target, extensions, token)
            : Http2Client.ConnectAsync(server, target, extensions, token));

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
        deadline.CancelAfter(Deadline);
        try
        {
            return await wait(deadline.Token);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Waited {Deadline.TotalSeconds} s for {what}.");
        }
    }
}
