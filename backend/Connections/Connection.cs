using System.Net.WebSockets;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Protocols;
using YarpWs.Backend.Telemetry;

namespace YarpWs.Backend.Connections;

/// <summary>
/// One client. <see cref="Offer"/>, <see cref="TryEnqueue"/>, <see cref="Send"/> and <see cref="Close"/> may be called by any thread at any time, also
/// before and after <see cref="RunAsync"/>; none waits or throws. The first close decides the code.
/// </summary>
internal sealed class Connection(
    string userId, IClientProtocol protocol, ConnectionOptions options, BackendMetrics metrics, TimeProvider time, ILogger<Connection> logger)
{
    /// <summary>Bytes of a large frame that are handed to the transport at once, so that its buffer stays small while a client is slow.</summary>
    private const int PieceBytes = 32 * 1024;

    /// <summary>One for everybody: whatever a client sends answers it, so it needs no payload of its own.</summary>
    private static readonly Frame Ping = Frame.Control([0x89, 0x00]);

    private static readonly Task<CloseCode?> NotHandled = Task.FromResult<CloseCode?>(null);

    private readonly Outbox _outbox = new(options.MaxOutboxBytes);
    private readonly TaskCompletionSource<CloseCode> _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IdleTimeout _silence = new(options);
    private Stream _client = Stream.Null;
    private CancellationTokenSource? _cut;

    // Kept beside its source, which cannot be asked for it once the connection has ended; a sender may still be about to write then.
    private CancellationToken _cutting;
    private Task<bool>? _reading;

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public string UserId => userId;

    public IClientProtocol Protocol => protocol;

    /// <summary>Whether so many bytes more may wait for this client. It may be less in the next moment, when others send to it.</summary>
    public bool HasRoomFor(long bytes) => _outbox.Bytes is var waiting && (waiting == 0 || waiting + bytes <= options.MaxOutboxBytes);

    /// <summary>Takes a frame for this client and sends it, until the connection is closed. One that does not fit any more closes this client, and nobody else.</summary>
    public void Offer(Frame frame)
    {
        if (TryEnqueue(frame))
        {
            Send();
        }
    }

    /// <summary>As <see cref="Offer"/>, but sends nothing yet. When true, the caller must <see cref="Send"/> soon, and nobody else does.</summary>
    public bool TryEnqueue(Frame frame)
    {
        if (_ending.Task.IsCompleted)
        {
            return false;
        }

        var result = _outbox.Offer(frame);
        if (result is OfferResult.TooMuch)
        {
            Close(CloseCode.TooSlow);
            _outbox.Discard();
        }

        return result is OfferResult.First;
    }

    /// <summary>Sends what waits, on this thread as long as the client takes it at once. Only for who was told to.</summary>
    public void Send() => _ = SendAsync();

    /// <summary>Completes when nothing waits for this client any more.</summary>
    public Task WhenIdleAsync() => _outbox.WhenIdleAsync();

    /// <summary>
    /// Time has passed: pings a client that has been quiet for long, and cuts one that has not answered. The silence of a client that is not read
    /// from is not its own. Only <see cref="Pings"/> calls it.
    /// </summary>
    public void Watch(TimeSpan passed)
    {
        if (_ending.Task.IsCompleted || Volatile.Read(ref _reading) is not { IsCompleted: false })
        {
            return;
        }

        switch (_silence.Advance(passed))
        {
            case IdleAction.Ping:
                Offer(Ping);
                break;
            case IdleAction.GiveUp:
                GiveUp();
                break;
        }
    }

    /// <summary>Begins the end. Only the first code counts.</summary>
    public void Close(CloseCode code) => _ending.TrySetResult(code);

    /// <summary>
    /// Serves the client behind the stream of an accepted WebSocket until the connection ended, and answers how it ended. What the client sends is
    /// handed to <paramref name="handle"/>, one message after the other; it answers null, or the code to close with. Where the connection must be cut,
    /// <paramref name="abort"/> does it, once nothing is read or written any more; <paramref name="aborted"/> tells that it is gone already.
    /// <list type="number">
    /// <item>Receive in a loop, and let be sent, until the connection is closed.</item>
    /// <item>Forget what still waits when the client does not read it any more.</item>
    /// <item>Say goodbye with the code, behind what waits.</item>
    /// <item>Wait until that is sent, and for the client's answer; then, or when <see cref="ConnectionOptions.CloseTimeout"/> is over, cut.</item>
    /// </list>
    /// </summary>
    public async Task<CloseCode> RunAsync(
        Stream client, Func<ClientMessage, CancellationToken, Task<CloseCode?>> handle, Action abort, CancellationToken aborted)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        using var handling = CancellationTokenSource.CreateLinkedTokenSource(cut.Token);
        using var socket = Open(client);

        // 1
        (_client, _cut, _cutting) = (client, cut, cut.Token);
        if (_outbox.TryOpen())
        {
            Send();
        }

        var receiving = ReceiveAsync(new MessageReader(socket, options.MaxMessageBytes), handle, handling.Token, cut.Token);
        var code = await _ending.Task;
        await handling.CancelAsync();
        using var deadline = new CancellationTokenSource(options.CloseTimeout, time);
        using var cutting = deadline.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), cut);

        // 2
        if (code == CloseCode.TooSlow || code == CloseCode.Broken || code == CloseCode.ClosedByClient)
        {
            _outbox.Discard();
        }

        // 3
        _outbox.Complete();
        await SayGoodbyeAsync(socket, code, cut.Token);

        // 4
        await receiving;
        await _outbox.WhenIdleAsync();
        if (cut.IsCancellationRequested)
        {
            abort();
        }

        return code;
    }

    private WebSocket Open(Stream client) => WebSocket.CreateFromStream(new ControlFrames(client, SendControl, _silence.Heard), new WebSocketCreationOptions
    {
        IsServer = true,
        SubProtocol = protocol.Subprotocol,
        KeepAliveInterval = TimeSpan.Zero,
    });

    /// <summary>The client is gone without a word. The read or write that is under way finds out, and ends the connection.</summary>
    private void GiveUp()
    {
        try
        {
            _ = _cut!.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has ended in this moment.
        }
    }

    private async Task ReceiveAsync(
        MessageReader reader,
        Func<ClientMessage, CancellationToken, Task<CloseCode?>> handle,
        CancellationToken handling,
        CancellationToken cut)
    {
        var rate = new MessageRate(options.MessagesPerSecond, options.MessageBurst, time);
        try
        {
            _reading = reader.ReadAsync(cut).AsTask();
            while (await _reading)
            {
                // Once the connection is closing, what still comes is read only to find the client's answer behind it.
                var handled = _ending.Task.IsCompleted ? NotHandled : ReceivedAsync(reader, rate, handle, handling);
                reader.Release();

                // Reads one message ahead: pings are answered while reading, also while this message waits for Redis.
                _reading = reader.ReadAsync(cut).AsTask();
                if (await handled is { } code)
                {
                    Close(code);
                }
            }

            Close(CloseCode.ClosedByClient);
        }
        catch (WebSocketException exception)
        {
            // The platform has seen a fault of the client's and answered it with 1002 or 1007, or has seen the connection end.
            Close(exception.WebSocketErrorCode is WebSocketError.Faulted ? CloseCode.ProtocolError : CloseCode.Broken);
        }
        catch (OperationCanceledException)
        {
            Close(CloseCode.Broken);
        }
        catch (Exception exception)
        {
            logger.ConnectionFailed(exception, Id);
            Close(CloseCode.InternalError);
        }
        finally
        {
            reader.Release();
        }
    }

    private async Task<CloseCode?> ReceivedAsync(
        MessageReader reader,
        MessageRate rate,
        Func<ClientMessage, CancellationToken, Task<CloseCode?>> handle,
        CancellationToken handling)
    {
        metrics.MessageReceived();
        try
        {
            if (reader.IsTooBig)
            {
                return CloseCode.MessageTooBig;
            }

            if (!rate.TryTake())
            {
                return CloseCode.RateExceeded;
            }

            return protocol.Parse(reader.Message, reader.Type) is { } message ? await handle(message, handling) : CloseCode.InvalidMessage;
        }
        catch (OperationCanceledException) when (handling.IsCancellationRequested)
        {
            // The connection was closed while the message waited for Redis; that code counts.
            return null;
        }
        catch (Exception exception)
        {
            logger.ConnectionFailed(exception, Id);
            return CloseCode.InternalError;
        }
    }

    /// <summary>A frame of the platform's. A client that never reads is closed by its pings like by any other frame.</summary>
    private void SendControl(Frame frame)
    {
        if (frame.Type is not WebSocketMessageType.Close)
        {
            Offer(frame);
        }
        else if (_outbox.Close(frame) is OfferResult.First)
        {
            Send();
        }
    }

    private async Task SendAsync()
    {
        while (_outbox.TryTake(out var frame))
        {
            try
            {
                for (var rest = frame.Wire; !rest.IsEmpty; rest = rest[Math.Min(PieceBytes, rest.Length)..])
                {
                    // Goes on in the loop of the socket, not in that of the group whose message it is.
                    await _client.WriteAsync(rest[..Math.Min(PieceBytes, rest.Length)], _cutting).ConfigureAwait(false);
                }
            }
            catch (Exception exception)
            {
                // Whatever it is, a frame may be half sent, and none can follow it.
                logger.SendingEnded(exception, Id);
                _outbox.Fail();
                Close(CloseCode.Broken);
            }
        }
    }

    private async Task SayGoodbyeAsync(WebSocket socket, CloseCode code, CancellationToken cut)
    {
        // The platform has answered protocol errors by itself, with 1002 or 1007, and is closed or aborted then.
        if (code == CloseCode.Broken || socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            return;
        }

        try
        {
            if (code == CloseCode.ClosedByClient)
            {
                await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, cut);
            }
            else
            {
                await socket.CloseOutputAsync(code.Status, code.Reason, cut);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            logger.SendingEnded(exception, Id);
        }
    }
}
