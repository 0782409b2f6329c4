using System.CommandLine;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Edge;
using YarpWs.Gateway.Edge.Tls;
using YarpWs.Gateway.Routes;
using YarpWs.Platform.Commands;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary><c>yarpws check FILE</c>: says all that a start with these settings would say, and starts nothing.</summary>
internal static class CheckVerb
{
    public static Command Create(Func<string, WebApplication> build) => CheckCommand.Create(file => FindAsync(build, file));

    private static async Task<IReadOnlyList<Diagnostic>> FindAsync(Func<string, WebApplication> build, string file)
    {
        try
        {
            await using var app = build(file);
            return [.. app.Services.GetRequiredService<RouteTable>().State.Content.Diagnostics, .. Doubts(app.Services)];
        }
        catch (Exception exception) when (StartupFailure.Diagnose(exception, configuration: null, AdminEndpoint.Listeners, file) is { } diagnostics)
        {
            return diagnostics;
        }
    }

    /// <summary>What a start says of certificates, and starts all the same.</summary>
    private static IEnumerable<Diagnostic> Doubts(IServiceProvider services)
    {
        var endpoints = services.GetRequiredService<TlsEndpoints>();
        var (now, margin) = (services.GetRequiredService<TimeProvider>().GetUtcNow(), services.GetRequiredService<IOptions<TlsOptions>>().Value.ExpiryWarning);
        return
        [
            .. endpoints.Certificates
                .Where(file => file.IsToBeWarnedOf(now, margin))
                .Select(file => Warning(file, $"expire{(file.Current.NotAfter <= now ? "d" : "s")} on {file.Current.NotAfter:u}; put a new certificate in its place, no restart is needed.")),
            .. endpoints.AuthorityFiles.Where(file => file.Doubt is not null).Select(file => Warning(file, $"lets no client in by its certificate: {file.Doubt}.")),
        ];
    }

    private static Diagnostic Warning(TlsFile file, string text) => new(Severity.Warning, null, file.Key, $"'{file.Name}' {text}");
}
