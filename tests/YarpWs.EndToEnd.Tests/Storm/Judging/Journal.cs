using System.Globalization;

namespace YarpWs.EndToEnd.Tests.Storm.Judging;

/// <summary>A message of the storm: who sent it, and which of its messages it is. Its text is all that travels.</summary>
internal readonly record struct MessageId(string Client, int Number)
{
    public static MessageId Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return new MessageId(text[..colon], int.Parse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Client}:{Number}");
}

/// <summary>One thing that happened to a client. <see cref="At"/> counts from the start of the storm, on the one clock of all journals.</summary>
/// <param name="At">For <see cref="Sent"/> and <see cref="Left"/> the moment before the bytes went out, for all others the moment after they came in.</param>
/// <param name="Connection">The client's first, second, … connection; 0 for a push.</param>
internal abstract record Line(TimeSpan At, int Connection);

/// <summary>The client has its 101: it is a member from now on.</summary>
internal sealed record Joined(TimeSpan At, int Connection, int Gateway) : Line(At, Connection)
{
    public override string ToString() => $"joined through gateway {Gateway} (connection {Connection})";
}

internal sealed record Sent(TimeSpan At, int Connection, MessageId Message) : Line(At, Connection)
{
    public override string ToString() => Connection == 0 ? $"pushed {Message}" : $"sent {Message}";
}

/// <summary>The answer to a push was 202.</summary>
internal sealed record Acknowledged(TimeSpan At, MessageId Message) : Line(At, Connection: 0)
{
    public override string ToString() => $"was told that {Message} is taken";
}

/// <summary>A push failed, and its sender knows it. Nothing is promised of the message then, not even that nobody hears it.</summary>
internal sealed record Refused(TimeSpan At, MessageId Message, string Reason) : Line(At, Connection: 0)
{
    public override string ToString() => $"was told that {Message} failed: {Reason}";
}

/// <param name="At">When.</param>
/// <param name="Connection">On which.</param>
/// <param name="Message">What.</param>
/// <param name="Node">Who published it.</param>
internal sealed record Heard(TimeSpan At, int Connection, MessageId Message, string Node) : Line(At, Connection)
{
    public override string ToString() => $"heard {Message} from node {Node}";
}

/// <summary>The client ends the connection by itself, after the last that it had to say.</summary>
internal sealed record Left(TimeSpan At, int Connection) : Line(At, Connection)
{
    public override string ToString() => $"left (connection {Connection})";
}

/// <param name="At">When.</param>
/// <param name="Connection">Which.</param>
/// <param name="Code">Of the close frame; 1006 when there was none.</param>
/// <param name="Reason">Of the close frame, or the fault of the connection.</param>
internal sealed record Ended(TimeSpan At, int Connection, int Code, string Reason) : Line(At, Connection)
{
    /// <summary>There was no close frame.</summary>
    public const int Broken = 1006;

    /// <summary>There was one, without a code.</summary>
    public const int NoStatus = 1005;

    public override string ToString() => $"was closed with {Code} '{Reason}' (connection {Connection})";
}

/// <summary>What happened to one client of one group, in order. One writer for each kind of line; any thread reads.</summary>
internal sealed class Journal(string client, string group, bool isMember)
{
    private readonly Lock _lock = new();
    private readonly List<Line> _lines = [];

    public string Client => client;

    public string Group => group;

    /// <summary>False for a client that only pushes.</summary>
    public bool IsMember => isMember;

    public void Write(Line line)
    {
        lock (_lock)
        {
            _lines.Add(line);
        }
    }

    public IReadOnlyList<Line> Lines()
    {
        lock (_lock)
        {
            return [.. _lines];
        }
    }

    /// <summary>The lines written at or after a moment, oldest first.</summary>
    public IReadOnlyList<Line> Since(TimeSpan moment)
    {
        lock (_lock)
        {
            // Two writers may have taken the time in one order and the lock in the other, by next to nothing.
            var first = _lines.Count;
            while (first > 0 && _lines[first - 1].At >= moment)
            {
                first--;
            }

            return _lines[first..];
        }
    }
}
