using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Finds what reading the settings would pass over in silence: misspelt keys, and a value, a list or an object where another of these belongs.</summary>
internal static class KeyCheck
{
    /// <param name="root">What the files and the environment say.</param>
    /// <param name="known">What may stand there.</param>
    /// <param name="findings">Where to complain.</param>
    public static void Check(Setting root, KeyShape known, Findings findings)
    {
        foreach (var section in root.Children)
        {
            if (known.Child(section.Name) is { } shape)
            {
                Walk(section, shape, isOurs: section.Name.Equals("ReverseProxy", StringComparison.OrdinalIgnoreCase), findings);
            }
            else if (section.Location is not null)
            {
                // The environment holds names of other programs too; in a file there are none.
                findings.NameError(section, Unknown(section, known));
            }
        }
    }

    /// <param name="setting">What stands in the settings.</param>
    /// <param name="shape">What may.</param>
    /// <param name="isOurs">Whether the values are judged here; those of the other sections are when they are bound.</param>
    /// <param name="findings">Where to complain.</param>
    private static void Walk(Setting setting, KeyShape shape, bool isOurs, Findings findings)
    {
        // What the environment calls like a whole section is a variable of another program.
        var isForeign = setting.ValueLocation is null && !setting.Path.Contains(':', StringComparison.Ordinal);
        var complaint = isForeign ? null : KindCheck.Complaint(setting, shape);
        if (isOurs && shape.Kind == KeyKind.Value && setting.IsValue)
        {
            complaint ??= ValueCheck.Complaint(setting, shape.Type);
        }

        if (complaint is not null)
        {
            findings.Error(setting, complaint);
            return;
        }

        foreach (var child in setting.Children)
        {
            if (isOurs && child.Name.Contains(':', StringComparison.Ordinal))
            {
                findings.NameError(child, "a name cannot hold a colon, which divides the parts of a key; write a dot or another character.");
            }
            else if (shape.Child(child.Name) is { } known)
            {
                Walk(child, known, isOurs, findings);
            }
            else
            {
                findings.NameError(child, Unknown(child, shape));
            }
        }
    }

    private static string Unknown(Setting setting, KeyShape parent)
    {
        if (Misnomers.Hint(setting) is { } hint)
        {
            return hint;
        }

        string[] names = [.. parent.Names];
        return names.Length == 0 ? "no such setting; expected a single value." : $"no such setting; {Nearest.Hint(setting.Name, names)}";
    }
}
