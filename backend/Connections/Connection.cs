using System.Buffers;
using System.Net.WebSockets;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Protocols;
using YarpWs.Backend.Telemetry;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Connections;

/// <summary>
/// One client. <see cref="Offer"/>, <see cref="TryEnqueue"/>, <see cref="Send"/> and <see cref="Close"/> may be called by any thread at any time, also
/// before and after <see cref="RunAsync"/>; none waits or throws. The first close decides the code.
/// </summary>
internal sealed class Connection(
    string userId, IClientProtocol protocol, ConnectionOptions options, BackendMetrics metrics, TimeProvider time, ILogger<Connection> logger)
{
    private const int PassedOverBytes = 4 * 1024;

    /// <summary>One for everybody: whatever a client sends answers it, so it needs no payload of its own.</summary>
    private static readonly Frame Ping = Frame.Control([0x89, 0x00]);

    private readonly SendLoop _sending = new(options, logger);

    // Completes with the first of the two: the client has left, or the code is decided.
    private readonly TaskCompletionSource _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IdleTimeout _silence = new(options);
    private CancellationTokenSource? _cut;
    private ReceiveLoop? _received;
    private int _watchedMessage;
    private TimeSpan _messageAge;
    private volatile bool _hasLeft;
    private CloseCode? _code;

    // Completes when the code is decided; there is one only once the client has left.
    private TaskCompletionSource? _decided;

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public string UserId => userId;

    /// <summary>Whether the code with which it ends is decided.</summary>
    public bool IsClosing => Volatile.Read(ref _code) is not null;

    public IClientProtocol Protocol => protocol;

    /// <inheritdoc cref="SendLoop.HasRoomFor"/>
    public bool HasRoomFor(long bytes) => _sending.HasRoomFor(bytes);

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
        if (IsClosing)
        {
            return false;
        }

        var result = _sending.Offer(frame);
        if (result is OfferResult.TooMuch)
        {
            // A client that has left reads nothing, and what it sent before is still handled.
            if (!_hasLeft)
            {
                Close(CloseCode.TooSlow);
            }

            _sending.Discard();
        }

        return result is OfferResult.First;
    }

    /// <summary>Sends what waits, on this thread as long as the client takes it at once. Only for who was told to.</summary>
    public void Send() => _sending.Send();

    /// <summary>Completes when nothing waits for this client any more.</summary>
    public Task WhenIdleAsync() => _sending.WhenIdleAsync();

    /// <summary>
    /// Time has passed: pings a client that has been quiet for long, and cuts one that has not answered. The silence of a client that is not read
    /// from is not its own. Only <see cref="Pings"/> calls it.
    /// </summary>
    public void Watch(TimeSpan passed)
    {
        if (IsClosing || Volatile.Read(ref _received) is not { IsReading: true } received)
        {
            return;
        }

        WatchMessage(received.UnderWay, passed);
        if (IsClosing)
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

    /// <summary>A message that has begun since the last look counts from now.</summary>
    private void WatchMessage(int message, TimeSpan passed)
    {
        _messageAge = message == 0 || message != _watchedMessage ? TimeSpan.Zero : _messageAge + passed;
        _watchedMessage = message;
        if (_messageAge >= options.MessageTimeout)
        {
            Close(CloseCode.MessageTimeout);
        }
    }

    /// <summary>
    /// The client is known to send nothing more. What it has sent is still read and handled, in order, and only then does its end count; a Redis that is
    /// away holds that up for <see cref="ConnectionOptions.SendPatience"/> in all. Any thread.
    /// </summary>
    public void ClientLeft()
    {
        _hasLeft = true;
        _ending.TrySetResult();
    }

    /// <summary>Begins the end. Only the first code counts.</summary>
    public void Close(CloseCode code)
    {
        if (Interlocked.CompareExchange(ref _code, code, null) is null)
        {
            _ending.TrySetResult();
            Volatile.Read(ref _decided)?.TrySetResult();
        }
    }

    /// <summary>
    /// Serves the client behind the stream of an accepted WebSocket until the connection ended, and answers how it ended. What the client sends is
    /// handed to <paramref name="handle"/>, one message after the other; it answers null, or the code to close with. Where the connection must be cut,
    /// <paramref name="abort"/> does it, once nothing is read or written any more; <paramref name="aborted"/> tells what <see cref="ClientLeft"/> does.
    /// <list type="number">
    /// <item>Receive in a loop, and let be sent, until the client's end has been read or this side closes.</item>
    /// <item>Forget what still waits when the client does not read it any more.</item>
    /// <item>Say goodbye with the code, behind what waits.</item>
    /// <item>Wait until that is sent, and for the client's answer; then, or when <see cref="ConnectionOptions.CloseTimeout"/> is over, cut. A client that broke the
    /// protocol cannot be understood any more: what is sent to it is ended (<see cref="SendingSide"/>), and its own end is waited for.</item>
    /// </list>
    /// </summary>
    public async Task<CloseCode> RunAsync(
        Stream client, Func<ClientMessage, CancellationToken, Task<CloseCode?>> handle, Action abort, CancellationToken aborted, Func<Task>? endSending = null)
    {
        using var cut = new CancellationTokenSource();
        using var handling = CancellationTokenSource.CreateLinkedTokenSource(cut.Token);
        using var leaving = aborted.UnsafeRegister(static connection => ((Connection)connection!).ClientLeft(), this);
        using var socket = Open(client);

        // 1
        _cut = cut;
        _sending.Open(this, client, cut.Token);
        var received = new ReceiveLoop(this, new MessageReader(socket, options.MaxMessageBytes, ArrayPool<byte>.Shared), handle, options, metrics, time, logger);
        Volatile.Write(ref _received, received);
        var receiving = received.RunAsync(handling.Token, cut.Token);
        await _ending.Task;
        if (!IsClosing)
        {
            await FinishReceivingAsync(received, receiving, handling, cut);
        }

        var code = _code!;
        await handling.CancelAsync();
        using var deadline = new CancellationTokenSource(options.CloseTimeout, time);
        using var cutting = deadline.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), cut);

        // 2
        if (code == CloseCode.TooSlow || code == CloseCode.Broken || code == CloseCode.ClosedByClient)
        {
            _sending.Discard();
        }

        // 3
        _sending.Complete();
        await SayGoodbyeAsync(socket, code, cut.Token);

        // 4
        await receiving;
        if (_hasLeft && received.Dropped > 0 && !code.IsFaultOfClient)
        {
            logger.MessagesDropped(received.Dropped, Id, code.ToString());
        }

        await _sending.WhenIdleAsync();
        if (code == CloseCode.ProtocolError && (client is LoopStream || endSending is not null))
        {
            await PassOverAsync(client, endSending, cut.Token);
        }

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

    /// <summary>
    /// Lets the loop read what the client sent before it left, up to its end, which closes. Redis holds that up for
    /// <see cref="ConnectionOptions.SendPatience"/> at most, and a connection that brings neither a message nor its end is cut after
    /// <see cref="ConnectionOptions.CloseTimeout"/>.
    /// </summary>
    private async Task FinishReceivingAsync(ReceiveLoop received, Task receiving, CancellationTokenSource handling, CancellationTokenSource cut)
    {
        // A patience of zero is for a Redis that is away; one that is there needs its moment for each message.
        using var patience = new CancellationTokenSource(options.SendPatience > options.CloseTimeout ? options.SendPatience : options.CloseTimeout, time);
        using var dropping = patience.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), handling);
        var decided = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _decided, decided);
        while (!IsClosing)
        {
            var before = received.Count;
            await decided.Task.WaitAsync(options.CloseTimeout, time)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (!IsClosing && !received.IsHandling && received.Count == before)
            {
                await cut.CancelAsync();
                await receiving;
            }
        }
    }

    /// <summary>A frame of the platform's. A client that never reads is closed by its pings like by any other frame.</summary>
    private void SendControl(Frame frame)
    {
        if (frame.Type is not WebSocketMessageType.Close)
        {
            Offer(frame);
        }
        else
        {
            _sending.Close(frame);
        }
    }

    /// <summary>Reads what the client still sends. Left unread, it would have the system reset the connection, and the reset would overtake the close frame.</summary>
    private async Task PassOverAsync(Stream client, Func<Task>? endSending, CancellationToken cut)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PassedOverBytes);
        try
        {
            await SendingSide.EndAsync(client, endSending);
            while (await client.ReadAsync(buffer, cut) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            logger.SendingEnded(exception, Id);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
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
