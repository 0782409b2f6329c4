using System.Buffers.Text;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Streams;

/// <summary>
/// A message with its place in its group's log. <see cref="Previous"/> is the position of the message before it in the same group, 0 when there
/// was none or it is forgotten: a reader that saw an older one last has missed something. <see cref="Epoch"/> tells the log from one that Redis
/// has lost; a later log has a higher one.
/// </summary>
internal readonly record struct LogEntry(long Epoch, long Position, long Previous, GroupMessage Message)
{
    /// <summary>Reads <c>epoch SP position SP previous SP message</c>, as publish.lua writes it. False for anything else.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, out LogEntry entry)
    {
        entry = default;
        if (!TryReadNumber(ref bytes, out var epoch)
            || !TryReadNumber(ref bytes, out var position)
            || !TryReadNumber(ref bytes, out var previous)
            || !GroupMessage.TryParse(bytes, out var message))
        {
            return false;
        }

        entry = new LogEntry(epoch, position, previous, message!);
        return true;
    }

    private static bool TryReadNumber(ref ReadOnlyMemory<byte> bytes, out long number)
    {
        if (!Utf8Parser.TryParse(bytes.Span, out number, out var length) || number < 0 || length == bytes.Length || bytes.Span[length] != ' ')
        {
            return false;
        }

        bytes = bytes[(length + 1)..];
        return true;
    }
}
