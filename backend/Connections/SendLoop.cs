using System.Runtime.CompilerServices;
using YarpWs.Backend.Protocols;

namespace YarpWs.Backend.Connections;

/// <summary>
/// Sends one client its frames, in the order of their offers: on the thread of who has the turn as long as the client takes them at once, and from then on in the
/// loop of its socket. No task, as there would be one for each member of a group. Any thread may call anything but <see cref="Send"/>; nothing waits or throws.
/// </summary>
internal sealed class SendLoop(ConnectionOptions options, ILogger<Connection> logger)
{
    /// <summary>Bytes of a large frame that are handed to the transport at once, so that its buffer stays small while a client is slow.</summary>
    private const int PieceBytes = 32 * 1024;

    private readonly Outbox _outbox = new(options.MaxOutboxBytes);
    private Connection? _connection;
    private Stream _client = Stream.Null;

    // Kept beside its source, which cannot be asked for it once the connection has ended; a sender may still be about to write then.
    private CancellationToken _cut;

    // Of the frame that is being sent; who has the turn has these.
    private ReadOnlyMemory<byte> _unsent;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _writeEnd;
    private Action? _goOn;

    /// <summary>Whether so many bytes more may wait. It may be less in the next moment.</summary>
    public bool HasRoomFor(long bytes) => _outbox.Bytes is var waiting && (waiting == 0 || waiting + bytes <= options.MaxOutboxBytes);

    /// <summary>Sends what waits already, and from now on what is offered. Once.</summary>
    /// <param name="connection">Told when sending fails.</param>
    /// <param name="client">Takes the bytes.</param>
    /// <param name="cut">Ends the write that is under way, and with it all sending.</param>
    public void Open(Connection connection, Stream client, CancellationToken cut)
    {
        (_connection, _client, _cut) = (connection, client, cut);
        if (_outbox.TryOpen())
        {
            Send();
        }
    }

    /// <inheritdoc cref="Outbox.Offer"/>
    public OfferResult Offer(Frame frame) => _outbox.Offer(frame);

    /// <summary>Sends what waits. Only for who has the turn.</summary>
    public void Send()
    {
        while (_outbox.TryTake(out var frame))
        {
            _unsent = frame.Wire;
            if (!TryWriteUnsent())
            {
                return;
            }
        }
    }

    /// <inheritdoc cref="Outbox.Complete"/>
    public void Complete() => _outbox.Complete();

    /// <inheritdoc cref="Outbox.Discard"/>
    public void Discard() => _outbox.Discard();

    /// <summary>Sends the close frame behind what waits. Nothing comes after it.</summary>
    public void Close(Frame goodbye)
    {
        if (_outbox.Close(goodbye) is OfferResult.First)
        {
            Send();
        }
    }

    /// <inheritdoc cref="Outbox.WhenIdleAsync"/>
    public Task WhenIdleAsync() => _outbox.WhenIdleAsync();

    /// <summary>Writes what is left of a frame. False when a write has to wait: it goes on with this frame, and those behind it, when it ends.</summary>
    private bool TryWriteUnsent()
    {
        try
        {
            while (!_unsent.IsEmpty)
            {
                var piece = _unsent[..Math.Min(PieceBytes, _unsent.Length)];
                _unsent = _unsent[piece.Length..];

                if (!HasEnded(_client.WriteAsync(piece, _cut)))
                {
                    return false;
                }
            }

            // An empty piece of a large message would hold all of it.
            _unsent = default;
        }
        catch (Exception exception)
        {
            Fail(exception);
        }

        return true;
    }

    /// <summary>Whether a write has ended; else sending goes on when it does, in the loop of the socket, not in that of the group whose message it is.</summary>
    private bool HasEnded(ValueTask write)
    {
        var end = write.ConfigureAwait(false).GetAwaiter();
        if (end.IsCompleted)
        {
            end.GetResult();
            return true;
        }

        _writeEnd = end;
        end.UnsafeOnCompleted(_goOn ??= GoOn);
        return false;
    }

    private void GoOn()
    {
        try
        {
            _writeEnd.GetResult();
        }
        catch (Exception exception)
        {
            Fail(exception);
        }

        if (TryWriteUnsent())
        {
            Send();
        }
    }

    /// <summary>Whatever it is, a frame may be half sent, and none can follow it. What the client has sent is another matter.</summary>
    private void Fail(Exception exception)
    {
        _unsent = default;
        logger.SendingEnded(exception, _connection!.Id);
        _outbox.Fail();
        _connection.ClientLeft();
    }
}
