using YarpWs.Platform.Settings;

namespace YarpWs.Backend.Settings;

/// <summary>Finds the misspelt key that binding would pass over in silence.</summary>
internal static class UnknownKeys
{
    /// <summary>Throws for the first key that nothing reads. Outside of a file the top level is not judged: it is shared with other programs.</summary>
    public static void Refuse(IConfiguration configuration, bool wholeFile)
    {
        foreach (var section in configuration.GetChildren())
        {
            var shape = KnownKeys.Root.Child(section.Key);
            if (shape is not null)
            {
                Walk(section, shape);
            }
            else if (wholeFile)
            {
                throw Unknown(section, KnownKeys.Root);
            }
        }
    }

    private static void Walk(IConfigurationSection section, KeyShape shape)
    {
        foreach (var child in section.GetChildren())
        {
            Walk(child, shape.Child(child.Key) ?? throw Unknown(child, shape));
        }
    }

    private static InvalidSettingException Unknown(IConfigurationSection section, KeyShape parent)
    {
        var nearest = parent.Names.MinBy(name => Distance(name, section.Key));
        return new InvalidSettingException(section.Path, nearest is not null && Distance(nearest, section.Key) <= 1 + nearest.Length / 3
            ? $"no such setting; did you mean '{nearest}'?"
            : parent.Names.Any() ? $"no such setting; expected one of {string.Join(", ", parent.Names.Order())}." : "no such setting; expected a single value.");
    }

    /// <summary>Edits (insert, remove, replace) between two names, case aside.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
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
