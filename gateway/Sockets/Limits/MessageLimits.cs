namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>What one client may send. Belongs to the lane that reads from the client; not safe for two threads.</summary>
internal sealed class MessageLimits
{
    private readonly string _route;
    private readonly LimitOptions _limits;
    private readonly LimitReport _report;
    private readonly Meter[] _meters;
    private long _messageBytes;

    private MessageLimits(LimitSubject subject, LimitReport report, Meter[] meters) =>
        (_route, _limits, _report, _meters) = (subject.Route, subject.Limits, report, meters);

    private bool IsEnforced => _limits.Limits == LimitMode.Enforce;

    /// <summary>The limits of one socket, some of which it shares with others of its user or address; null when it has none.</summary>
    public static MessageLimits? Of(LimitSubject subject, Tally? user, Tally? address, LimitReport report, TimeProvider time)
    {
        var limits = subject.Limits;
        Meter?[] all =
        [
            Meter.Of(Limit.MessagesPerSecond, limits.MessagesPerSecond, new TokenBucket(time)),
            Meter.Of(Limit.MessagesPerSecondPerUser, limits.MessagesPerSecondPerUser, user?.Messages),
            Meter.Of(Limit.MessagesPerSecondPerAddress, limits.MessagesPerSecondPerAddress, address?.Messages),
            Meter.Of(Limit.BytesPerSecond, limits.BytesPerSecond, new TokenBucket(time)),
            Meter.Of(Limit.BytesPerSecondPerUser, limits.BytesPerSecondPerUser, user?.Bytes),
            Meter.Of(Limit.BytesPerSecondPerAddress, limits.BytesPerSecondPerAddress, address?.Bytes),
        ];
        Meter[] meters = [.. all.OfType<Meter>()];
        return meters.Length == 0 && limits.MaxMessageBytes is null ? null : new MessageLimits(subject, report, meters);
    }

    /// <summary>
    /// Looks at a data frame by its header, before its payload has arrived and before any of it goes on: a close when its message
    /// becomes larger than it may be, else null.
    /// </summary>
    public SocketClose? Check(long payloadLength, bool isFirstFragment)
    {
        if (_limits.MaxMessageBytes is not { } most)
        {
            return null;
        }

        var before = isFirstFragment ? 0 : _messageBytes;
        _messageBytes = payloadLength > long.MaxValue - before ? long.MaxValue : before + payloadLength;
        if (_messageBytes <= most)
        {
            return null;
        }

        // Only counted, a message counts once, with the fragment that was too much.
        if (before <= most)
        {
            _report.Over(_route, Limit.MaxMessageBytes, IsEnforced ? LimitAction.Closed : LimitAction.Counted);
        }

        return IsEnforced ? SocketClose.MessageTooBig : null;
    }

    /// <summary>Counts what has passed: whole messages, and bytes of any kind.</summary>
    /// <param name="messages">Text and binary messages whose last frame was among it.</param>
    /// <param name="bytes">All bytes, headers and control frames too.</param>
    /// <param name="now">The clock's timestamp.</param>
    public RateVerdict Passed(long messages, long bytes, long now)
    {
        var wait = TimeSpan.Zero;
        foreach (var meter in _meters)
        {
            var count = meter.IsOfMessages ? messages : bytes;
            if (count == 0)
            {
                continue;
            }

            if (IsEnforced && _limits.OverRate == OverRate.Delay)
            {
                if (meter.Bucket.Take(meter.Rate, count, now) is var owed && owed > TimeSpan.Zero)
                {
                    _report.Over(_route, meter.Limit, LimitAction.Delayed);
                    wait = owed > wait ? owed : wait;
                }
            }
            else if (!meter.Bucket.TryTake(meter.Rate, count, now))
            {
                _report.Over(_route, meter.Limit, IsEnforced ? LimitAction.Closed : LimitAction.Counted);
                if (IsEnforced)
                {
                    return new RateVerdict(TimeSpan.Zero, SocketClose.TooFast);
                }
            }
        }

        return new RateVerdict(wait, null);
    }

    /// <summary>One rate, and what has been taken of it.</summary>
    private sealed record Meter(Limit Limit, Rate Rate, TokenBucket Bucket)
    {
        public bool IsOfMessages { get; } = Limit is Limit.MessagesPerSecond or Limit.MessagesPerSecondPerUser or Limit.MessagesPerSecondPerAddress;

        /// <summary>Null when there is no such limit, or nobody that it counts for.</summary>
        public static Meter? Of(Limit limit, Rate? rate, TokenBucket? bucket) =>
            rate is { } set && bucket is not null ? new Meter(limit, set, bucket) : null;
    }
}

/// <summary>What follows from how fast a client sends.</summary>
/// <param name="Wait">How long nothing more is to be read from it; zero when it may go on.</param>
/// <param name="Close">How its socket is to be closed; null when it is not.</param>
internal readonly record struct RateVerdict(TimeSpan Wait, SocketClose? Close);
