using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace YarpWs.Platform.Settings;

/// <summary>Turns what an operator can put right into one line for each thing wrong. What it does not know is a bug, and is shown in full by the runtime.</summary>
internal static partial class StartupFailure
{
    /// <param name="exception">What ended the start.</param>
    /// <param name="configuration">Null where it has not been read.</param>
    /// <param name="listeners">The keys under which addresses to listen on may stand.</param>
    /// <param name="file">The settings file, so that what stands there is said with its place.</param>
    public static string? Describe(Exception exception, IConfiguration? configuration, string listeners = "Kestrel:Endpoints", string? file = null) =>
        Diagnose(exception, configuration, listeners, file) is { } diagnostics ? string.Join('\n', diagnostics) : null;

    /// <summary>As <see cref="Describe"/>, each by itself.</summary>
    public static IReadOnlyList<Diagnostic>? Diagnose(Exception exception, IConfiguration? configuration, string listeners, string? file) => exception switch
    {
        RefusedSettingsException refused => refused.Diagnostics,
        OptionsValidationException invalid => [.. invalid.Failures.Select(failure => Located(OneLine(failure), file))],
        AggregateException { InnerExceptions: var several } when several.All(one => one is OptionsValidationException) =>
            [.. several.SelectMany(one => Diagnose(one, configuration, listeners, file)!)],
        _ => Line(exception, configuration, listeners) is { } line ? [Located(line, file)] : null,
    };

    /// <summary>
    /// What begins with a key, with the place where that key's value stands in the file; of a key that is missing, the place of what it is missing in. What the
    /// environment says stands nowhere.
    /// </summary>
    private static Diagnostic Located(string line, string? file)
    {
        var end = line.IndexOf(": ", StringComparison.Ordinal);
        return end > 0 && file is not null && PlaceOf(line[..end], file) is { } location
            ? new(Severity.Error, location, line[..end], line[(end + 2)..])
            : new(Severity.Error, null, "", line);
    }

    private static SourceLocation? PlaceOf(string key, string file)
    {
        file = Path.GetFullPath(file);
        if (key.Contains(' ', StringComparison.Ordinal) || !File.Exists(file))
        {
            return null;
        }

        try
        {
            var settings = SettingReader.Read(file, SettingsFile.Read(file), new Findings());
            SettingOverrides.Apply(settings, new ConfigurationBuilder().AddEnvironmentVariables().Build());
            for (var end = key.Length; end > 0; end = key.LastIndexOf(':', end - 1))
            {
                if (settings.Find(key.AsSpan(0, end)) is { } found)
                {
                    return end == key.Length ? found.ValueLocation : found.Location;
                }
            }
        }
        catch (InvalidSettingException)
        {
            // It is what stopped the start, and the line says so.
        }

        return null;
    }

    private static string? Line(Exception exception, IConfiguration? configuration, string listeners) => exception switch
    {
        InvalidSettingException => OneLine(exception.Message),
        IOException { InnerException: AddressInUseException or SocketException } =>
            $"{EndpointIn(exception.Message, configuration) ?? listeners}: {OneLine(exception.Message)} End what listens there (ss -ltnp shows it), or choose another address.",
        ListenException => $"{EndpointIn(exception.Message, configuration) ?? listeners}: {OneLine(exception.Message)}",
        SocketException => $"{listeners}: the address cannot be used: {OneLine(exception.Message)}",
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } => Unconvertible(exception.Message),
        InvalidOperationException { Source: "Microsoft.Extensions.Logging.Configuration" } => $"Logging:LogLevel: {OneLine(exception.Message)}",
        InvalidOperationException { Source: "Yarp.ReverseProxy" } => $"ReverseProxy: {OneLine(Innermost(exception))}",
        _ => null,
    };

    /// <summary>Kestrel names the address that it could not bind; the operator typed it under some key.</summary>
    private static string? EndpointIn(string message, IConfiguration? configuration)
    {
        IEnumerable<IConfigurationSection> urls = configuration is null
            ? []
            : [configuration.GetSection("Admin:Url"), .. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint.GetSection("Url"))];
        return urls.FirstOrDefault(url => url.Value is { Length: > 0 } text && message.Contains(MarkOf(ListenUrl.Parse(url.Path, text)), StringComparison.Ordinal))?.Path;
    }

    private static string MarkOf(ListenUrl url) => url.IsTcp ? $":{url.Port}:" : url.UnixPath ?? $":{url.ActivatedName}";

    private static string Unconvertible(string message)
    {
        var match = Conversion().Match(message);
        return match.Success
            ? $"{match.Groups["key"]}: '{match.Groups["value"]}' cannot be read; expected {Expected(match.Groups["type"].Value)}."
            : OneLine(message);
    }

    private static string Expected(string type) =>
        AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(type)).FirstOrDefault(found => found is not null) is { } known ? Bounds.Expected(known) : $"a {type}";

    /// <summary>The proxy wraps what it found in several layers; an aggregate lists every fault of the routes at once.</summary>
    private static string Innermost(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions.Count: > 0 } several => string.Join(' ', several.InnerExceptions.Select(Innermost)),
        { InnerException: AggregateException inner } => Innermost(inner),
        { Source: "Yarp.ReverseProxy", InnerException: { } inner } => Innermost(inner),
        _ => exception.Message,
    };

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex("^Failed to convert configuration value '(?<value>.*)' at '(?<key>.*)' to type '(?<type>.*)'")]
    private static partial Regex Conversion();
}
