using System.CommandLine;
using System.Reflection;

namespace YarpWs.Platform.Commands;

/// <summary><c>settings</c>: every setting with its meaning, unit, default and bounds, for those who have the program and not its source.</summary>
internal static class SettingsCommand
{
    /// <param name="assembly">Holds the files.</param>
    /// <param name="name">That of the settings, such as <c>gateway.json</c>; the schema is <c>gateway.schema.json</c>.</param>
    public static Command Create(Assembly assembly, string name)
    {
        var schema = new Option<bool>("--schema") { Description = "Prints the JSON schema instead, by which editors complete and check." };
        var command = new Command("settings", "Prints every setting with its meaning, unit, default and bounds, as a file to start from.") { schema };
        command.SetAction(parsed =>
        {
            var file = parsed.GetValue(schema) ? Path.ChangeExtension(name, ".schema.json") : name;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(file)!);
            parsed.InvocationConfiguration.Output.Write(reader.ReadToEnd());
        });
        return command;
    }
}
