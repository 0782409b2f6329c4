using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Settings;

/// <summary>Turns what an operator can put right into one line. What it does not know is a bug, and is shown in full by the runtime.</summary>
internal static class StartupFailure
{
    public static string? Describe(Exception exception) => exception switch
    {
        InvalidSettingException => exception.Message,
        OptionsValidationException invalid => string.Join(' ', invalid.Failures),
        IOException { InnerException: AddressInUseException } => $"Kestrel:Endpoints or Admin:Url: {OneLine(exception.Message)}",
        IOException { InnerException: SocketException } => $"Kestrel:Endpoints or Admin:Url: {OneLine(exception.Message)}",
        SocketException socket => $"Kestrel:Endpoints or Admin:Url: the address cannot be used: {OneLine(socket.Message)}",
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } => OneLine(Innermost(exception)),
        InvalidOperationException { Source: "Yarp.ReverseProxy" } => $"ReverseProxy: {OneLine(Innermost(exception))}",
        _ => null,
    };

    /// <summary>The proxy wraps what it found in several layers; an aggregate lists every fault of the routes at once.</summary>
    private static string Innermost(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions.Count: > 0 } several => string.Join(' ', several.InnerExceptions.Select(Innermost)),
        { InnerException: AggregateException inner } => Innermost(inner),
        { Source: "Yarp.ReverseProxy", InnerException: { } inner } => Innermost(inner),
        _ => exception.Message,
    };

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
