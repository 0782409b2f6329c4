namespace YarpWs.Backend.Connections;

/// <summary>What is to be done about a client's silence.</summary>
internal enum IdleAction
{
    None,

    /// <summary>It has been quiet for <see cref="ConnectionOptions.PingInterval"/>: it is to be asked.</summary>
    Ping,

    /// <summary>It has not answered for <see cref="ConnectionOptions.PongTimeout"/>: nobody is there any more.</summary>
    GiveUp,
}

/// <summary>
/// How long a client has been quiet. Whatever it sends ends its silence, a pong like a message: both come from a client that is there.
/// <see cref="Heard"/> belongs to the receive loop, <see cref="Advance"/> to <see cref="Pings"/>.
/// </summary>
internal sealed class IdleTimeout(ConnectionOptions options)
{
    private volatile bool _isHeard;
    private bool _isPinged;
    private TimeSpan _quiet;

    public void Heard() => _isHeard = true;

    /// <summary>So much time has passed since the last call. What was heard in between counts as heard now.</summary>
    public IdleAction Advance(TimeSpan passed)
    {
        if (_isHeard)
        {
            _isHeard = false;
            (_quiet, _isPinged) = (TimeSpan.Zero, false);
            return IdleAction.None;
        }

        _quiet += passed;
        if (_quiet < (_isPinged ? options.PongTimeout : options.PingInterval))
        {
            return IdleAction.None;
        }

        _quiet = TimeSpan.Zero;
        return _isPinged ? IdleAction.GiveUp : Ping();
    }

    private IdleAction Ping()
    {
        _isPinged = true;
        return IdleAction.Ping;
    }
}
