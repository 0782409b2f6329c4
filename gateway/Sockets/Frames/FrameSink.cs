using System.Runtime.CompilerServices;

namespace YarpWs.Gateway.Sockets.Frames;

/// <summary>
/// Writes to one end of a socket. There are two writers, the lane that brings the other end's frames and the gateway; frames of the
/// gateway's own go out only where one may stand: at once when nothing is under way, else behind the write that makes room for it.
/// A write that fails is not reported: that an end is gone is found by the read from it.
/// </summary>
/// <remarks>
/// <see cref="_gate"/> decides whose turn it is and is never held over an await; the thread that finishes a write looks whether the other has
/// something waiting.
/// </remarks>
/// <param name="stream">The end's connection.</param>
/// <param name="liveness">Told when the end lets a write wait.</param>
/// <param name="isMasked">Whether the gateway's own frames are masked, as those to a backend must be.</param>
/// <param name="begins">What may be sent first; within a frame that has no end nothing of the gateway's ever is.</param>
internal sealed class FrameSink(Stream stream, Liveness liveness, bool isMasked, FrameBoundary begins = FrameBoundary.BetweenMessages)
{
    private readonly Lock _gate = new();
    private FrameBoundary _boundary = begins;
    private bool _isForwarding;
    private bool _isPingWaiting;
    private ReadOnlyMemory<byte> _notice;
    private ReadOnlyMemory<byte> _last;
    private FrameBoundary _lastMayStand = FrameBoundary.BetweenMessages;
    private Action? _lastSaid;
    private bool _isLastBehindClose;
    private Task _own = Task.CompletedTask;
    private bool _isWritingOwn;
    private bool _isOver;
    private volatile bool _isPlaceWanted;

    /// <summary>
    /// Whether a frame of the gateway's own waits for a boundary. The lane then brings one frame at a time: boundaries may be rare in what it reads
    /// at once. It is asked for every write, and so is kept where it can be read without the gate.
    /// </summary>
    public bool IsPlaceWanted => _isPlaceWanted;

    /// <summary>Whether the gateway's close frame waits for the other end's.</summary>
    public bool AwaitsClose => Volatile.Read(ref _isLastBehindClose);

    /// <summary>Passes frames on. Only the lane calls it, and not again before the write has ended.</summary>
    /// <param name="frames">They stay untouched until the write has ended.</param>
    /// <param name="boundary">What may follow them.</param>
    /// <param name="isOne">Whether they are a single frame, or the rest of one.</param>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> frames, FrameBoundary boundary, bool isOne = false)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return ValueTask.CompletedTask;
            }

            if (_isWritingOwn)
            {
                return WriteAfterAsync(_own, frames, boundary, isOne);
            }

            if (_isLastBehindClose && isOne && boundary == FrameBoundary.Closed)
            {
                BringForward();
                return ValueTask.CompletedTask;
            }

            _isForwarding = true;
            _boundary = boundary;
        }

        ValueTask write;
        try
        {
            write = stream.WriteAsync(frames);
            if (!write.IsCompleted)
            {
                liveness.Blocked();
                return FinishWriteAsync(write);
            }

            write.GetAwaiter().GetResult();
        }
        catch (Exception exception) when (ConnectionLost.Is(exception))
        {
            MarkFailed();
        }

        FinishWrite();
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends a ping as soon as one may stand. One that still waits is not joined by another.</summary>
    public void SendPing()
    {
        lock (_gate)
        {
            liveness.PingWanted();
            _isPingWaiting = true;
            WriteOwnIfPossible();
        }
    }

    /// <summary>Sends a message of the gateway's own between two of the backend's.</summary>
    public void SendNotice(ReadOnlyMemory<byte> message)
    {
        lock (_gate)
        {
            _notice = message;
            WriteOwnIfPossible();
        }
    }

    /// <summary>
    /// Sends a close frame, after which nothing goes to this end any more. The first one counts; asking again can only bring it
    /// forward. False when it can never be sent, because nothing can follow the piece of a frame that has gone.
    /// </summary>
    /// <param name="closeFrame">The frame.</param>
    /// <param name="isUrgent">Whether it may cut a message short, between two of its frames.</param>
    /// <param name="isLastChance">Whether the other end sends nothing more, so that no frame under way will ever end.</param>
    /// <param name="said">Called when its turn has come, under the gate.</param>
    public bool SendLast(ReadOnlyMemory<byte> closeFrame, bool isUrgent, bool isLastChance = false, Action? said = null)
    {
        lock (_gate)
        {
            if (_isOver || _boundary == FrameBoundary.Closed)
            {
                return true;
            }

            if (isLastChance && _boundary == FrameBoundary.InFrame)
            {
                return false;
            }

            if (_last.IsEmpty)
            {
                (_last, _lastSaid) = (closeFrame, said);
            }

            if (isUrgent)
            {
                _lastMayStand = FrameBoundary.InMessage;
            }

            _isLastBehindClose = false;
            WriteOwnIfPossible();
            return true;
        }
    }

    /// <summary>
    /// Sends a close frame in the place of the other end's, when that comes; <see cref="SendLast"/> brings it forward. False when there is a close frame
    /// already, of either's, or nothing can be sent any more.
    /// </summary>
    /// <param name="closeFrame">The frame.</param>
    /// <param name="said">Called when its turn has come, under the gate.</param>
    public bool SendLastBehindClose(ReadOnlyMemory<byte> closeFrame, Action said)
    {
        lock (_gate)
        {
            if (_isOver || _boundary == FrameBoundary.Closed || !_last.IsEmpty)
            {
                return false;
            }

            (_last, _lastSaid, _isLastBehindClose) = (closeFrame, said, true);
            WriteOwnIfPossible();
            return true;
        }
    }

    /// <summary>Sends nothing more, and ends when the gateway's last write has.</summary>
    public Task FinishAsync()
    {
        lock (_gate)
        {
            _isOver = true;
            return _own;
        }
    }

    /// <summary>Called under the gate.</summary>
    private void BringForward()
    {
        // The other end says nothing more, so a message under way will not be ended.
        (_isLastBehindClose, _lastMayStand) = (false, FrameBoundary.InMessage);
        WriteOwnIfPossible();
    }

    private async ValueTask WriteAfterAsync(Task own, ReadOnlyMemory<byte> frames, FrameBoundary boundary, bool isOne)
    {
        liveness.Blocked();
        await own;
        liveness.Unblocked();
        await WriteAsync(frames, boundary, isOne);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishWriteAsync(ValueTask write)
    {
        try
        {
            await write;
            liveness.Unblocked();
        }
        catch (Exception exception) when (ConnectionLost.Is(exception))
        {
            MarkFailed();
        }

        FinishWrite();
    }

    private void FinishWrite()
    {
        lock (_gate)
        {
            _isForwarding = false;
            WriteOwnIfPossible();
        }
    }

    private void MarkFailed()
    {
        lock (_gate)
        {
            _isOver = true;
        }
    }

    /// <summary>Called under the gate, whenever something has changed.</summary>
    private void WriteOwnIfPossible()
    {
        if (!_isForwarding && !_isWritingOwn && TryTakeOwn(out var frame))
        {
            _isWritingOwn = true;
            _own = WriteOwnAsync(frame);
        }

        _isPlaceWanted = !_isOver && (_isPingWaiting || !_notice.IsEmpty || !_last.IsEmpty);
    }

    /// <summary>The gateway's next frame, if it may stand here. Called under the gate.</summary>
    private bool TryTakeOwn(out ReadOnlyMemory<byte> frame)
    {
        frame = default;
        if (_isOver || _boundary >= FrameBoundary.InFrame)
        {
            return false;
        }

        if (!_last.IsEmpty && !_isLastBehindClose && _boundary <= _lastMayStand)
        {
            frame = _last;
            _isOver = true;
            _lastSaid?.Invoke();
            return true;
        }

        if (!_notice.IsEmpty && _boundary == FrameBoundary.BetweenMessages)
        {
            (frame, _notice) = (_notice, default);
            return true;
        }

        if (_isPingWaiting)
        {
            frame = OwnFrame.Ping(liveness.Pinged(), isMasked);
            _isPingWaiting = false;
            return true;
        }

        return false;
    }

    private async Task WriteOwnAsync(ReadOnlyMemory<byte> frame)
    {
        try
        {
            while (true)
            {
                await stream.WriteAsync(frame);
                lock (_gate)
                {
                    if (!TryTakeOwn(out frame))
                    {
                        _isWritingOwn = false;
                        return;
                    }
                }
            }
        }
        catch (Exception exception) when (ConnectionLost.Is(exception))
        {
            lock (_gate)
            {
                _isOver = true;
                _isWritingOwn = false;
            }
        }
    }
}

/// <summary>Where in the frames of one direction a write has ended, and so what may be put in behind it.</summary>
internal enum FrameBoundary
{
    /// <summary>Anything may follow.</summary>
    BetweenMessages,

    /// <summary>Between two frames of one message: control frames may follow (RFC 6455, section 5.4).</summary>
    InMessage,

    /// <summary>In a frame that is too large to be passed on whole: nothing may follow but its rest.</summary>
    InFrame,

    /// <summary>Behind a close frame: nothing may follow (section 5.5.1).</summary>
    Closed,
}
