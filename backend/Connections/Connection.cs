using System.Net.WebSockets;
using YarpWs.Backend.Protocols;

namespace YarpWs.Backend.Connections;

/// <summary>
/// One client. <see cref="Offer"/> and <see cref="Close"/> may be called by anybody at any time, also before and after
/// <see cref="RunAsync"/>; neither waits. Whoever closes first decides the code.
/// </summary>
internal sealed class Connection(
    string userId, IClientProtocol protocol, ConnectionOptions options, BackendMetrics metrics, TimeProvider time, ILogger<Connection> logger)
{
    private static readonly Task<CloseCode?> NotHandled = Task.FromResult<CloseCode?>(null);

    private readonly Outbox _outbox = new(options.MaxOutboxBytes);
    private readonly TaskCompletionSource<CloseCode> _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public string UserId => userId;

    public IClientProtocol Protocol => protocol;

    /// <summary>Takes a frame for this client, until somebody closes. One that does not fit any more closes this client, and nobody else.</summary>
    public void Offer(Frame frame)
    {
        if (!_ending.Task.IsCompleted && !_outbox.TryOffer(frame))
        {
            Close(CloseCode.TooSlow);
            _outbox.Discard();
        }
    }

    /// <summary>Begins the end. Only the first code counts.</summary>
    public void Close(CloseCode code) => _ending.TrySetResult(code);

    /// <summary>
    /// Serves the client until the connection ended, disposes of the socket, and answers how it ended. What the client sends is handed to
    /// <paramref name="handle"/>, one message after the other; it answers null, or the code to close with.
    /// <list type="number">
    /// <item>Receive and send, each in its own loop, until somebody closes.</item>
    /// <item>Send what still waits, unless the client does not read it any more.</item>
    /// <item>Say goodbye with the code.</item>
    /// <item>Wait for the client's answer; then, or when <see cref="ConnectionOptions.CloseTimeout"/> is over, cut.</item>
    /// </list>
    /// </summary>
    public async Task<CloseCode> RunAsync(
        WebSocket socket, Func<ClientMessage, CancellationToken, Task<CloseCode?>> handle, CancellationToken aborted)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        using var handling = CancellationTokenSource.CreateLinkedTokenSource(cut.Token);

        // 1
        var sending = SendAsync(socket, cut.Token);
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

        _outbox.Complete();
        await sending;

        // 3
        await SayGoodbyeAsync(socket, code, cut.Token);

        // 4
        await receiving;
        if (cut.IsCancellationRequested)
        {
            socket.Abort();
        }

        // The platform resets the connection of a socket that is disposed of before it is closed, and the reset would overtake the
        // 1002 or 1007 that is still on its way out. Such a socket holds nothing that the garbage collector does not take.
        if (socket.State is WebSocketState.Closed || cut.IsCancellationRequested)
        {
            socket.Dispose();
        }

        return code;
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
            var reading = reader.ReadAsync(cut).AsTask();
            while (await reading)
            {
                // Once somebody closed, what still comes is read only to find the client's answer behind it.
                var handled = _ending.Task.IsCompleted ? NotHandled : ReceivedAsync(reader, rate, handle, handling);
                reader.Release();

                // Reads one message ahead: pings are answered by whoever reads, also while this message waits for Redis.
                reading = reader.ReadAsync(cut).AsTask();
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
            // Somebody closed while the message waited for Redis; that code counts.
            return null;
        }
        catch (Exception exception)
        {
            logger.ConnectionFailed(exception, Id);
            return CloseCode.InternalError;
        }
    }

    private async Task SendAsync(WebSocket socket, CancellationToken cut)
    {
        try
        {
            while (await _outbox.WaitAsync(cut))
            {
                while (_outbox.TryTake(out var frame))
                {
                    await socket.SendAsync(frame.Payload, frame.Type, WebSocketMessageFlags.EndOfMessage, cut);
                    _outbox.Sent(frame);
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            logger.SendingEnded(exception, Id);
            Close(CloseCode.Broken);
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
