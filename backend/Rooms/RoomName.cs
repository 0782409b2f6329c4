using System.Text;

namespace YarpWs.Backend.Rooms;

/// <summary>
/// Reads the room from a path segment: its longest beginning of letters, digits and <c>_</c>, in any script, case-sensitive.
/// What follows is ignored.
/// </summary>
internal static class RoomName
{
    /// <summary>Longest name, in Unicode characters.</summary>
    public const int MaxLength = 94;

    /// <summary>False when the segment does not begin with such a character, or goes on with them for too long.</summary>
    public static bool TryParse(string segment, out string room)
    {
        var end = 0;
        var length = 0;
        foreach (var rune in segment.EnumerateRunes())
        {
            if (!Rune.IsLetter(rune) && !Rune.IsNumber(rune) && rune.Value != '_')
            {
                break;
            }

            end += rune.Utf16SequenceLength;
            length++;
        }

        room = segment[..end];
        return length is > 0 and <= MaxLength;
    }
}
