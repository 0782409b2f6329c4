namespace YarpWs.Gateway.Settings;

/// <summary>Finds the misspelt key that binding would pass over in silence.</summary>
internal static class KeyCheck
{
    public static void Check(Setting root, List<Diagnostic> diagnostics)
    {
        foreach (var section in root.Children)
        {
            if (KnownKeys.Root.Child(section.Name) is { } shape)
            {
                Walk(section, shape, diagnostics);
            }
            else if (section.Place is not null)
            {
                // The environment holds names of other programs too; in a file there are none.
                diagnostics.Add(Unknown(section, KnownKeys.Root));
            }
        }
    }

    private static void Walk(Setting setting, KeyShape shape, List<Diagnostic> diagnostics)
    {
        foreach (var child in setting.Children)
        {
            if (shape.Child(child.Name) is { } known)
            {
                Walk(child, known, diagnostics);
            }
            else
            {
                diagnostics.Add(Unknown(child, shape));
            }
        }
    }

    private static Diagnostic Unknown(Setting setting, KeyShape parent)
    {
        string[] names = [.. parent.Names];
        return new(Severity.Error, setting.Place, setting.Path, names.Length == 0
            ? "no such setting; expected a single value."
            : $"no such setting; {Nearest.Hint(setting.Name, names)}");
    }
}
