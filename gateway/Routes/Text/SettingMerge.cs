using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Text;

/// <summary>Puts together what several sources say.</summary>
internal static class SettingMerge
{
    /// <summary>
    /// Adds what a fragment says to a settings file: its routes and clusters, each under an id that nobody else uses.
    /// </summary>
    public static void AddFragment(Setting root, Setting fragment, Findings findings)
    {
        foreach (var section in fragment.Children.Where(section => !Is(section, "$schema")))
        {
            if (!Is(section, "ReverseProxy"))
            {
                findings.NameError(section, "a file in Routes:Directory holds ReverseProxy alone; move this to the settings file.");
                continue;
            }

            var target = Child(root, section);
            foreach (var kind in section.Children)
            {
                var all = Child(target, kind);
                foreach (var one in kind.Children.Where(one => !all.TryAdd(one)))
                {
                    findings.NameError(one, $"this id stands in {all[one.Name]!.Location} already; rename or remove one.");
                }
            }
        }
    }

    private static Setting Child(Setting parent, Setting like)
    {
        parent.TryAdd(new Setting(like.Name, Setting.PathOf(parent.Path, like.Name), like.Location));
        return parent[like.Name]!;
    }

    private static bool Is(Setting setting, string name) => name.Equals(setting.Name, StringComparison.OrdinalIgnoreCase);
}
