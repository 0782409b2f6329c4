using System.CommandLine;
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
            return [.. app.Services.GetRequiredService<RouteTable>().State.Content.Diagnostics, .. Doubts(app.Services.GetRequiredService<TlsEndpoints>())];
        }
        catch (Exception exception) when (StartupFailure.Diagnose(exception, configuration: null, AdminEndpoint.Listeners, file) is { } diagnostics)
        {
            return diagnostics;
        }
    }

    private static IEnumerable<Diagnostic> Doubts(TlsEndpoints endpoints) => endpoints.AuthorityFiles
        .Where(file => file.Doubt is not null)
        .Select(file => new Diagnostic(Severity.Warning, null, file.Key, $"'{file.Name}' lets no client in by its certificate: {file.Doubt}."));
}
