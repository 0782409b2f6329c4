using YarpWs.Backend.Streams;

namespace YarpWs.Backend.Groups;

/// <summary>What is to be done with an entry that was heard.</summary>
internal enum Hearing
{
    /// <summary>It is the next one: it goes to the members.</summary>
    Deliver,

    /// <summary>It was delivered before, in this place of the log or in one that Redis has forgotten.</summary>
    Repeated,

    /// <summary>Something is missing before it, or it cannot be judged alone: the log decides.</summary>
    AskLog,
}

/// <summary>What is to be judged by the log.</summary>
/// <param name="From">From this position on.</param>
/// <param name="MayClockJudge">Whether the clock of Redis may judge what is too old to tell: it may be behind after each failover, though nothing was forgotten.</param>
internal readonly record struct LogDoubt(long From, bool MayClockJudge);

/// <summary>
/// Where one node stands in the log of one group: which entry is the next, which is a repetition, and who has missed something. It decides from epochs
/// and positions alone and does nothing by itself. Not for several threads: its group guards it.
/// </summary>
/// <remarks>
/// Entries form a chain, each naming the one before it. In a healthy group the next entry names the newest one delivered here. One that names
/// a newer one shows that something was not heard; the log has it, or it is lost. One that names an older one was published after Redis had forgotten what was
/// delivered here: members here have missed nothing by that, but those of other nodes may have, and are told through Redis (<see cref="TryTakeReminder"/>).
/// </remarks>
internal sealed class GroupCursor
{
    /// <summary>Skips that are kept: more than Redis keeps, so that each of those can be judged.</summary>
    private const int MaxSkips = 8;

    /// <summary>
    /// More than were on their way to Redis at once when it went away, and those that came before their second try; and enough to know again what two listeners hear, of which one is a little behind.
    /// </summary>
    private const int Recent = 64;

    /// <summary>Of a busy group as many as came in <see cref="RecentSpan"/>, up to this: 16 KiB.</summary>
    private const int MaxRecent = 1_024;

    /// <summary>
    /// As long as a message waits for Redis by default, in microseconds; and longer than a replaced master goes on to take messages: what it took meanwhile is told apart from what
    /// its successor took.
    /// </summary>
    private const long RecentSpan = 30_000_000;

    private readonly RecentEntries _recent = new(Recent, MaxRecent, RecentSpan);
    private List<LogSkip>? _skips;
    private List<LogSkip>? _reminders;
    private long? _doubt;
    private bool _mayClockJudge;
    private long _entered;
    private long _headAtEntrance;

    /// <summary>The newest epoch of which something was delivered.</summary>
    public long Epoch { get; private set; }

    /// <summary>Members have got everything up to here that was published after they joined. Null until <see cref="Open"/>.</summary>
    public long? Delivered { get; private set; }

    /// <summary>The newest entry that was delivered here, or was there before; 0 when there was none.</summary>
    public long Last { get; private set; }

    /// <summary>The newest entry that is known to exist.</summary>
    public long Known { get; private set; }

    /// <summary>Something that exists was not delivered: the log after <see cref="Delivered"/> is to be read.</summary>
    public bool IsBehind => Delivered < Known;

    /// <summary>Something was heard that only the log can judge.</summary>
    public bool HasDoubt => Delivered is not null && _doubt is not null;

    public bool HasReminder => _reminders is { Count: > 0 };

    /// <summary>Entries up to here are too old to tell whether they were delivered.</summary>
    private long Floor => _recent.Forgotten ?? _headAtEntrance;

    /// <summary>The node listens. What was published before this moment is for nobody here.</summary>
    public void Open(LogEntrance entrance)
    {
        Epoch = entrance.Epoch;
        Last = _headAtEntrance = entrance.Head;
        Delivered = _entered = entrance.Position;
    }

    /// <summary>An entry was heard. Where the answer is <see cref="Hearing.Deliver"/> it counts as delivered.</summary>
    public Hearing Hear(in LogEntry entry)
    {
        if (entry.Position <= Delivered)
        {
            if (_recent.Contains(entry.Position))
            {
                return Hearing.Repeated;
            }

            // Heard late, or a position that was given before, or one from before the entrance.
            Doubt(entry.Position);
            return Hearing.AskLog;
        }

        Learn(entry.Position);
        if (Delivered is null || entry.Previous > Delivered || entry.Epoch < Epoch)
        {
            return Hearing.AskLog;
        }

        return TryTake(entry) ? Hearing.Deliver : Hearing.Repeated;
    }

    /// <summary>An entry is known to exist.</summary>
    public void Learn(long position) => Known = Math.Max(Known, position);

    /// <summary>
    /// The next entry of the log was read: true when it is to be delivered, false when it was before. When something before it is lost, says what.
    /// </summary>
    public bool TryRead(in LogEntry entry, long logHead, out Loss? loss)
    {
        loss = null;
        if (entry.Position <= Delivered)
        {
            return false;
        }

        if (entry.Previous > Delivered)
        {
            loss = new Loss(entry.Epoch > Epoch ? LossReason.RedisForgot : LossReason.LogTooShort, Delivered!.Value, Epoch, entry.Previous, logHead);
            Last = entry.Previous;
        }

        Learn(entry.Position);
        return TryTake(entry);
    }

    /// <summary>The log has nothing after <paramref name="since"/>: what is known beyond it is lost. Null when nothing is, or was heard in the meantime.</summary>
    public Loss? ReadNothing(long since, long logHead)
    {
        if (Delivered != since || !IsBehind)
        {
            return null;
        }

        var loss = new Loss(logHead < Known ? LossReason.RedisForgot : LossReason.LogTooShort, since, Epoch, Known, logHead);
        Skip();
        return loss;
    }

    /// <summary>Goes on behind everything that is known, delivered or not.</summary>
    public void Skip()
    {
        if (IsBehind)
        {
            Last = Known;
            Delivered = Known;
        }
    }

    /// <summary>From where on the log is to be read, to judge what was heard and cannot be judged alone. It is then for the caller to <see cref="Resolve"/>, or to give back.</summary>
    public bool TryTakeDoubt(out LogDoubt doubt)
    {
        doubt = new LogDoubt(_doubt.GetValueOrDefault(), _mayClockJudge);
        var isDue = HasDoubt;
        if (isDue)
        {
            (_doubt, _mayClockJudge) = (null, false);
        }

        return isDue;
    }

    /// <summary>What stands in the log from here on is to be judged again.</summary>
    public void Doubt(LogDoubt doubt)
    {
        _doubt = Math.Min(_doubt ?? long.MaxValue, doubt.From);
        _mayClockJudge |= doubt.MayClockJudge;
    }

    private void Doubt(long from) => Doubt(new LogDoubt(from, MayClockJudge: true));

    /// <summary>
    /// The log was read from a doubtful position on. An entry in it that is older than what was delivered, and was not delivered itself, has got a position
    /// that was given before. So may have what is too old to tell, when the clock of Redis is behind the positions that it gave.
    /// </summary>
    /// <param name="doubt">From where on the log was read.</param>
    /// <param name="page">What was read.</param>
    /// <param name="last"><see cref="Last"/> from before Redis was asked.</param>
    /// <param name="redisNow">The clock of Redis, asked after that.</param>
    public Loss? Resolve(LogDoubt doubt, LogPage page, long last, long redisNow)
    {
        var isClockBehind = redisNow < last;
        if ((isClockBehind && doubt.MayClockJudge && doubt.From <= Floor) || page.Entries.Any(IsMissed))
        {
            // Told once: from now on all of it is too old to tell.
            _headAtEntrance = Delivered!.Value;
            _recent.Clear();
            return new Loss(isClockBehind ? LossReason.GivenTwice : LossReason.TakenElsewhere, Delivered.Value, Epoch, long.MaxValue, page.Head);
        }

        if (page.Entries.Count > 0 && page.Entries[^1].Position < Delivered)
        {
            Doubt(doubt with { From = page.Entries[^1].Position + 1 });
        }

        return null;
    }

    /// <summary>
    /// Compares with what Redis remembers. What it has forgotten, it is to be reminded of; what was missed is to be read from the log. Says what is lost already:
    /// entries that other nodes have heard, and Redis has forgotten, before others that were delivered here.
    /// </summary>
    /// <param name="head">As Redis has told it.</param>
    /// <param name="last"><see cref="Last"/> from before Redis was asked: what was delivered since, it could not tell.</param>
    /// <param name="taken">The newest message of the group that Redis has taken, as far as this node knew before it was asked.</param>
    /// <param name="wasAway">Whether Redis was away, or is another server, since the last time: the newest of the log are then to be known here.</param>
    public IReadOnlyList<Loss> Compare(LogHead head, long last, long taken, bool wasAway)
    {
        if (Delivered is not { } delivered)
        {
            return [];
        }

        var known = Math.Max(last, taken);
        if (head.Position < known)
        {
            Remind(new LogSkip(0, known));
            Doubt(Math.Min(Floor, known));
        }
        else if (head.Position > last && head.Position <= _entered)
        {
            // All that was published after the entrance should be above it.
            Doubt(last + 1);
        }

        if (wasAway && !_recent.IsEmpty)
        {
            DoubtRecent();
        }

        Learn(Math.Max(head.Position, taken));
        if (head.Skips.Count == 0)
        {
            return [];
        }

        var losses = new List<Loss>();
        foreach (var skip in head.Skips)
        {
            if (skip.Entry > _entered && skip.Entry <= delivered && !HadHeard(skip))
            {
                Note(ref _skips, skip);
                losses.Add(new Loss(LossReason.RedisForgot, delivered, Epoch, skip.Missing, head.Position));
            }
        }

        return losses;
    }

    /// <summary>What Redis is to be told that it has forgotten. When that fails, <see cref="Remind"/> takes it back.</summary>
    public bool TryTakeReminder(out LogSkip reminder)
    {
        reminder = HasReminder ? _reminders![0] : default;
        var isDue = HasReminder;
        if (isDue)
        {
            _reminders!.RemoveAt(0);
        }

        return isDue;
    }

    public void Remind(LogSkip reminder) => Note(ref _reminders, reminder);

    /// <summary>
    /// The entry is the next one. False when its message was delivered before: Redis took it, went away before it had answered, forgot it, and was then
    /// given it again by its publisher.
    /// </summary>
    private bool TryTake(in LogEntry entry)
    {
        if (entry.Previous < Last)
        {
            var skip = new LogSkip(entry.Position, Last);
            Note(ref _skips, skip);
            Remind(skip);
            DoubtRecent();
        }

        Epoch = Math.Max(Epoch, entry.Epoch);
        Last = entry.Position;
        Delivered = entry.Position;
        var isNew = !_recent.ContainsMessage(entry.Message.Sequence);
        _recent.Add(entry.Position, entry.Message.Sequence);
        return isNew;
    }

    /// <summary>
    /// Redis has forgotten something or may have. What it has instead, of the same time, came to nobody here: a node that heard too late of a failover writes to the old master
    /// while others write to the new one.
    /// </summary>
    private void DoubtRecent() => Doubt(new LogDoubt(Floor + 1, MayClockJudge: false));

    private bool IsMissed(LogEntry entry) => entry.Position > Floor && entry.Position <= Delivered && !_recent.Contains(entry.Position);

    private bool HadHeard(LogSkip skip) => _skips is not null && _skips.Exists(own => own.Entry == skip.Entry && own.Missing >= skip.Missing);

    private static void Note(ref List<LogSkip>? skips, LogSkip skip)
    {
        skips ??= [];
        if (!skips.Contains(skip))
        {
            skips.Add(skip);
        }

        if (skips.Count > MaxSkips)
        {
            skips.RemoveAt(0);
        }
    }
}
