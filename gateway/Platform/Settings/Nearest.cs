namespace YarpWs.Platform.Settings;

/// <summary>Finds the right name that a wrong one was probably meant to be.</summary>
internal static class Nearest
{
    /// <summary>Names that are looked at, so that a file with thousands of wrong names beside thousands of right ones is complained about at once all the same.</summary>
    private const int MaxNames = 1_000;

    /// <summary>Names that a message lists: more than an operator reads.</summary>
    private const int MaxListed = 30;

    /// <summary>Returns null when none is so near that it would be a fair guess.</summary>
    public static string? To(string typed, IEnumerable<string> names)
    {
        var nearest = names.Take(MaxNames).Where(name => Math.Abs(name.Length - typed.Length) <= FarthestFrom(name)).MinBy(name => Distance(name, typed));
        return nearest is not null && Distance(nearest, typed) is var distance && distance <= FarthestFrom(nearest) && distance < nearest.Length ? nearest : null;
    }

    /// <summary>"did you mean 'x'?" where there is a fair guess, else "expected one of a, b".</summary>
    public static string Hint(string typed, IEnumerable<string> names) =>
        To(typed, names) is { } nearest ? $"did you mean '{nearest}'?" : $"expected {OneOf(names.Take(MaxNames).Order(StringComparer.OrdinalIgnoreCase))}.";

    /// <summary>"one of a, b", or the first of them where they are many.</summary>
    public static string OneOf(IEnumerable<string> names)
    {
        string[] first = [.. names.Take(MaxListed + 1)];
        return $"one of {string.Join(", ", first.Take(MaxListed))}{(first.Length > MaxListed ? " and others" : "")}";
    }

    /// <summary>As many edits as make a fair guess.</summary>
    private static int FarthestFrom(string name) => 1 + name.Length / 3;

    /// <summary>Edits (insert, remove, replace) between two names, case aside.</summary>
    private static int Distance(string left, string right)
    {
        Span<int> row = right.Length < 128 ? stackalloc int[right.Length + 1] : new int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]);
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (same ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
