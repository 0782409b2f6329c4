using System.Text.Json;
using YarpWs.Platform.Settings;

namespace YarpWs.Backend.Settings;

/// <summary>Where settings come from: the file, over it the environment, over it what the caller adds.</summary>
internal static class SettingsSources
{
    /// <summary>Fills <paramref name="configuration"/> and refuses keys that no part of the backend reads.</summary>
    public static void Load(ConfigurationManager configuration, string? file, IEnumerable<KeyValuePair<string, string?>>? overlay)
    {
        if (file is not null)
        {
            UnknownKeys.Refuse(AddFile(configuration, file), wholeFile: true);
        }

        configuration.AddEnvironmentVariables();
        configuration.AddInMemoryCollection(overlay);

        // The environment holds names of other programs too, so only what lies inside the backend's own sections is judged.
        UnknownKeys.Refuse(configuration, wholeFile: false);
    }

    private static IConfigurationRoot AddFile(ConfigurationManager configuration, string file)
    {
        if (!File.Exists(file))
        {
            throw new InvalidSettingException(file, "no such file; expected a JSON file with the backend's settings.");
        }

        try
        {
            configuration.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: false);
            return new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: false).Build();
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidSettingException(file, Explain(exception), exception);
        }
    }

    private static string Explain(Exception exception)
    {
        var cause = exception;
        while (cause.InnerException is { } inner)
        {
            cause = inner;
        }

        return cause is JsonException { LineNumber: { } line, BytePositionInLine: { } column }
            ? $"line {line + 1}, column {column + 1}: this is not JSON ({cause.Message.Split(" LineNumber:")[0]})"
            : cause.Message;
    }
}
