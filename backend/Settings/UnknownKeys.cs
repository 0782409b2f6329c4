using YarpWs.Platform.Settings;

namespace YarpWs.Backend.Settings;

/// <summary>Finds what binding would pass over in silence: misspelt keys, and a value, a list or an object where another of these belongs.</summary>
internal static class UnknownKeys
{
    public static void Check(Setting root, KeyShape known, Findings findings)
    {
        foreach (var section in root.Children)
        {
            if (known.Child(section.Name) is { } shape)
            {
                Walk(section, shape, findings);
            }
            else if (section.Location is not null)
            {
                // The environment holds names of other programs too; in a file there are none.
                findings.NameError(section, Unknown(section, known));
            }
        }
    }

    private static void Walk(Setting setting, KeyShape shape, Findings findings)
    {
        // What the environment calls like a whole section is a variable of another program.
        var isForeign = setting.ValueLocation is null && !setting.Path.Contains(':', StringComparison.Ordinal);
        if (!isForeign && KindCheck.Complaint(setting, shape) is { } complaint)
        {
            findings.Error(setting, complaint);
            return;
        }

        foreach (var child in setting.Children)
        {
            if (shape.Child(child.Name) is { } known)
            {
                Walk(child, known, findings);
            }
            else
            {
                findings.NameError(child, Unknown(child, shape));
            }
        }
    }

    private static string Unknown(Setting setting, KeyShape parent)
    {
        string[] names = [.. parent.Names];
        return names.Length == 0 ? "no such setting; expected a single value." : $"no such setting; {Nearest.Hint(setting.Name, names)}";
    }
}
