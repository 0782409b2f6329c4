using System.Diagnostics.CodeAnalysis;
using YarpWs.Backend.Protocols;

namespace YarpWs.Backend.Connections;

/// <summary>
/// What waits to be sent to one client, bounded in bytes. Any thread may offer. The one that offers to an idle client gets the turn to send, and has it
/// until <see cref="TryTake"/> finds nothing: no loop waits for frames, so a quiet client costs no task and no wake-up. Frames are
/// shared with other outboxes, so the bound is what this client holds back, not memory of its own. A frame that finds nothing waiting is
/// taken whatever its size: a large one is no sign of a slow client. When <see cref="Offer"/> says that there is too much, the connection closes the client as too slow.
/// </summary>
internal sealed class Outbox(long maxBytes)
{
    /// <summary>What an entry costs besides its payload; without it, empty messages would be free and their number without bound.</summary>
    private const int EntryBytes = 64;

    private readonly Lock _lock = new();

    // Most clients have at most one frame waiting, and no queue then.
    private Frame? _first;
    private Queue<Frame>? _others;
    private Frame? _beingSent;

    // The close frame, as long as it waits.
    private Frame? _goodbye;
    private long _bytes;
    private bool _isTurnTaken = true;
    private bool _isComplete;
    private bool _isClosed;
    private TaskCompletionSource? _idle;

    /// <summary>Bytes that wait now, the frame being sent included.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Puts a frame behind what waits, when it fits.</summary>
    public OfferResult Offer(Frame frame)
    {
        lock (_lock)
        {
            if (_isComplete)
            {
                return OfferResult.Closed;
            }

            return _bytes == 0 || _bytes + Cost(frame) <= maxBytes ? Add(frame) : OfferResult.TooMuch;
        }
    }

    /// <summary>Puts the close frame behind what waits, even when no other frame is taken. Nothing comes after it.</summary>
    public OfferResult Close(Frame goodbye)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return OfferResult.Closed;
            }

            _isComplete = _isClosed = true;
            _goodbye = goodbye;
            return Add(goodbye);
        }
    }

    /// <summary>From now on there is somewhere to send to. True when something waits already: the turn is with the caller then.</summary>
    public bool TryOpen()
    {
        lock (_lock)
        {
            return _isTurnTaken = _first is not null;
        }
    }

    /// <summary>The next frame, for who has the turn; the one before it counts as sent. False when nothing waits, and the turn is over then.</summary>
    public bool TryTake([NotNullWhen(true)] out Frame? frame)
    {
        lock (_lock)
        {
            Forget(_beingSent);
            frame = _beingSent = _first;
            if (frame is null)
            {
                _others = null;
                _isTurnTaken = false;
                _idle?.SetResult();
                _idle = null;
                return false;
            }

            _first = _others is not null && _others.TryDequeue(out var other) ? other : null;
            _goodbye = frame == _goodbye ? null : _goodbye;
            return true;
        }
    }

    /// <summary>Takes no more frames but the close frame. What waits is still sent.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _isComplete = true;
        }
    }

    /// <summary>
    /// Takes no more frames but the close frame, and forgets those that wait, but not the close frame: who finds that there is too much may come here after
    /// the connection has said goodbye.
    /// </summary>
    public void Discard()
    {
        lock (_lock)
        {
            _isComplete = true;
            (_first, _others) = (_goodbye, null);
            _bytes = (_beingSent is null ? 0 : Cost(_beingSent)) + (_goodbye is null ? 0 : Cost(_goodbye));
        }
    }

    /// <summary>Nothing can be sent any more: takes nothing, not even the close frame, and forgets what waits. Who has the turn still takes, and finds nothing.</summary>
    public void Fail()
    {
        lock (_lock)
        {
            _isClosed = true;
            _goodbye = null;
            Discard();
        }
    }

    /// <summary>Completes when nothing waits and nobody sends.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            return _isTurnTaken ? (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
    }

    private static int Cost(Frame frame) => frame.Payload.Length + EntryBytes;

    private OfferResult Add(Frame frame)
    {
        _bytes += Cost(frame);
        if (_first is null)
        {
            _first = frame;
        }
        else
        {
            (_others ??= new Queue<Frame>()).Enqueue(frame);
        }

        if (_isTurnTaken)
        {
            return OfferResult.Waiting;
        }

        _isTurnTaken = true;
        return OfferResult.First;
    }

    private void Forget(Frame? sent) => _bytes -= sent is null ? 0 : Cost(sent);
}

/// <summary>Where an offered frame stands.</summary>
internal enum OfferResult
{
    /// <summary>Behind others, or behind the one that is being sent: the thread that sends those sends it too.</summary>
    Waiting,

    /// <summary>In front, and nobody sends: the turn is with who offered it.</summary>
    First,

    /// <summary>Nowhere: too much waits already.</summary>
    TooMuch,

    /// <summary>Nowhere: the outbox takes no more.</summary>
    Closed,
}
