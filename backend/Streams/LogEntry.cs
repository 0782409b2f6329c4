using System.Buffers.Text;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Streams;

/// <summary>
/// A message with its place. <see cref="Previous"/> is the position of the message before it in the same group, 0 when there
/// was none or it is forgotten: a reader that saw another position last has missed something.
/// </summary>
internal readonly record struct LogEntry(long Position, long Previous, GroupMessage Message)
{
    /// <summary>Reads <c>position SP previous SP message</c>, as publish.lua writes it. False for anything else.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, out LogEntry entry)
    {
        entry = default;
        if (!TryReadPosition(ref bytes, out var position)
            || !TryReadPosition(ref bytes, out var previous)
            || !GroupMessage.TryParse(bytes, out var message))
        {
            return false;
        }

        entry = new LogEntry(position, previous, message!);
        return true;
    }

    private static bool TryReadPosition(ref ReadOnlyMemory<byte> bytes, out long position)
    {
        if (!Utf8Parser.TryParse(bytes.Span, out position, out var length) || length == bytes.Length || bytes.Span[length] != ' ')
        {
            return false;
        }

        bytes = bytes[(length + 1)..];
        return true;
    }
}
