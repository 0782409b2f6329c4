namespace YarpWs.Gateway.Sockets.Frames;

/// <summary>Where in the frames of one direction a write has ended, and so what may be put in behind it.</summary>
internal enum Place
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
