using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Settings;

/// <summary>Turns what an operator can put right into one line for each thing wrong. What it does not know is a bug, and is shown in full by the runtime.</summary>
internal static partial class StartupFailure
{
    public static string? Describe(Exception exception, IConfiguration? configuration) => exception switch
    {
        InvalidSettingException => OneLine(exception.Message),
        RefusedSettingsException => exception.Message,
        OptionsValidationException invalid => OneLine(string.Join(' ', invalid.Failures)),
        IOException { InnerException: AddressInUseException or SocketException } => $"{EndpointIn(exception.Message, configuration)}: {OneLine(exception.Message)}",
        SocketException => $"{EndpointIn("", configuration)}: the address cannot be used: {OneLine(exception.Message)}",
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } => Unconvertible(exception.Message),
        InvalidOperationException { Source: "Microsoft.Extensions.Logging.Configuration" } => $"Logging:LogLevel: {OneLine(exception.Message)}",
        InvalidOperationException { Source: "Yarp.ReverseProxy" } => $"ReverseProxy: {OneLine(Innermost(exception))}",
        _ => null,
    };

    /// <summary>Kestrel names the address that it could not bind; the operator typed it under some key.</summary>
    private static string EndpointIn(string message, IConfiguration? configuration)
    {
        IEnumerable<IConfigurationSection> urls = configuration is null
            ? []
            : [configuration.GetSection("Admin:Url"), .. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint.GetSection("Url"))];
        return urls.FirstOrDefault(url => url.Value is { Length: > 0 } text && message.Contains($":{ListenUrl.Parse(url.Path, text).Port}:", StringComparison.Ordinal))?.Path
            ?? "Kestrel:Endpoints or Admin:Url";
    }

    private static string Unconvertible(string message)
    {
        var match = Conversion().Match(message);
        return match.Success
            ? $"{match.Groups["key"]}: '{match.Groups["value"]}' cannot be read; expected {Expected(match.Groups["type"].Value)}."
            : OneLine(message);
    }

    private static string Expected(string type) =>
        (Type.GetType(type) ?? typeof(Uri).Assembly.GetType(type) ?? typeof(StartupFailure).Assembly.GetType(type)) is { } known ? Bounds.Expected(known) : $"a {type}";

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
