using System.Globalization;
using System.Text;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Rooms;

/// <summary>
/// Reads the room from a path segment, all of which is its name: letters, digits and <c>_</c> in any script, case-sensitive, with the marks that belong to them,
/// without which names of many scripts would be cut and different rooms meet. Written in several ways, it is one room (<see cref="Nfc"/>).
/// </summary>
internal static class RoomName
{
    /// <summary>Longest name, in Unicode characters.</summary>
    public const int MaxLength = 94;

    /// <summary>False when the segment is empty, too long, begins with a mark, or holds anything else.</summary>
    public static bool TryParse(string segment, out string room)
    {
        room = "";
        var length = 0;
        foreach (var rune in segment.EnumerateRunes())
        {
            // A lone surrogate is read as U+FFFD, which is none of these.
            if (!(Rune.IsLetter(rune) || Rune.IsNumber(rune) || rune.Value == '_' || (length > 0 && IsMark(rune))))
            {
                return false;
            }

            length++;
        }

        if (length == 0)
        {
            return false;
        }

        var normalized = Nfc.Of(segment);
        if (normalized.EnumerateRunes().Count() > MaxLength)
        {
            return false;
        }

        room = normalized;
        return true;
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
