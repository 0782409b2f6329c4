using System.Diagnostics.CodeAnalysis;

namespace YarpWs.Platform.Transport;

/// <summary>
/// The RST_STREAM frames of an HTTP/2 connection that wait until their WebSockets have been read, or for <see cref="Http2Sockets.LongestHold"/>: one for each WebSocket
/// at most. Belongs to the connection's input.
/// </summary>
internal sealed class HeldResets(Http2Sockets sockets)
{
    private readonly List<Held> _held = [];

    public bool Any => _held.Count > 0;

    /// <summary>Whether one of them may go on.</summary>
    public bool IsDue => _held.Exists(static held => held.MayGoOn.IsCompleted);

    /// <summary>Holds a frame, which is copied. A second one for the same WebSocket says nothing more, and is forgotten.</summary>
    public void Add(Http2SocketStream stream, ReadOnlySpan<byte> frame)
    {
        if (!_held.Exists(held => held.Stream == stream))
        {
            _held.Add(new Held(stream, frame.ToArray(), sockets.WhenReadAsync(stream)));
        }
    }

    /// <summary>Takes one that may go on.</summary>
    public bool TryTake([NotNullWhen(true)] out byte[]? frame)
    {
        var index = _held.FindIndex(static held => held.MayGoOn.IsCompleted);
        frame = index < 0 ? null : _held[index].Frame;
        if (index >= 0)
        {
            _held.RemoveAt(index);
        }

        return frame is not null;
    }

    /// <summary>Comes when one of them may go on.</summary>
    public Task WhenDueAsync() => Task.WhenAny(_held.Select(static held => held.MayGoOn));

    private sealed record Held(Http2SocketStream Stream, byte[] Frame, Task MayGoOn);
}
