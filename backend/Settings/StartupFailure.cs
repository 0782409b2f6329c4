using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace YarpWs.Backend.Settings;

/// <summary>Turns what an operator can put right into one line. What it does not know is a bug, and is shown in full by the runtime.</summary>
internal static class StartupFailure
{
    public static string? Describe(Exception exception) => exception switch
    {
        InvalidSettingException => exception.Message,
        OptionsValidationException invalid => OneLine(string.Join(' ', invalid.Failures)),
        AggregateException { InnerExceptions: var several } when several.All(one => one is OptionsValidationException) => string.Join(' ', several.Select(Describe)),
        IOException { InnerException: SocketException or Microsoft.AspNetCore.Connections.AddressInUseException } => $"Kestrel:Endpoints: {OneLine(exception.Message)}",
        SocketException socket => $"Kestrel:Endpoints: the address cannot be used: {OneLine(socket.Message)}",
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } => OneLine(exception.Message),
        _ => null,
    };

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
