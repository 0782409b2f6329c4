namespace YarpWs.Backend.Groups;

/// <summary>Why messages are lost to members of a group.</summary>
internal enum LossReason
{
    /// <summary>The log had them and does not reach back to them any more: it is bounded in number, bytes and time.</summary>
    LogTooShort,

    /// <summary>Redis has taken them and forgotten them: it was emptied, or has returned from an older state.</summary>
    RedisForgot,

    /// <summary>Redis has forgotten some and, its clock being behind, gave their positions to others: what was heard of those cannot be told.</summary>
    GivenTwice,

    /// <summary>While this node delivered from one server, another one took them: of two masters, one was replaced already.</summary>
    TakenElsewhere,
}

/// <summary>Messages that members will not get, and the evidence.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Delivered">The position up to which members here have got everything.</param>
/// <param name="Epoch">The log that this position belongs to.</param>
/// <param name="UpTo">Who joined before this position has missed something; who joined at it has not.</param>
/// <param name="LogHead">The newest position of the group that Redis remembers.</param>
internal readonly record struct Loss(LossReason Reason, long Delivered, long Epoch, long UpTo, long LogHead)
{
    /// <summary>What has happened and what to do, for the operator.</summary>
    public string Explanation => Reason switch
    {
        LossReason.LogTooShort => "Its log no longer reaches back to the last one delivered here; raise Streams:MaxMessages, Streams:MaxBytes or Streams:Retention.",
        LossReason.RedisForgot => "Redis took them and forgot them, as it does when it is emptied or returns from an older state; see how it persists and fails over.",
        LossReason.TakenElsewhere => "Another server took them while this node still used the master that it has replaced; see that each Sentinel answers this node, and min-replicas-to-write.",
        _ => "Redis forgot some, and its clock is behind their positions; set the clocks of the Redis servers.",
    };
}
