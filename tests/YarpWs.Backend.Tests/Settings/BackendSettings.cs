using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;
using YarpWs.Backend.Tests.Node;
using YarpWs.Platform.Settings;

namespace YarpWs.Backend.Tests.Settings;

/// <summary>Starts a backend with some settings, and tells what stopped it, in the operator's words.</summary>
internal static class BackendSettings
{
    /// <summary>The line that an operator would read; null when the settings are good. Nothing is listened to and no Redis is asked.</summary>
    public static Task<string?> CheckAsync(params (string Key, string? Value)[] settings) => CheckAsync(file: null, settings);

    public static async Task<string?> CheckAsync(string? file, params (string Key, string? Value)[] settings)
    {
        try
        {
            await using var app = BackendHost.Build(file, Over(file is null ? Tokens.Settings : [], [("Logging:LogLevel:Default", "None"), .. settings]));
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            return null;
        }
        catch (Exception exception)
        {
            var line = StartupFailure.Describe(exception, configuration: null);
            Assert.True(line is not null, $"Nobody would understand this: {exception}");
            return line;
        }
    }

    /// <summary>Settings that are good, and these.</summary>
    public static Dictionary<string, string?> With(params (string Key, string? Value)[] settings) => Over(Tokens.Settings, settings);

    private static Dictionary<string, string?> Over(Dictionary<string, string?> tokens, IEnumerable<(string Key, string? Value)> settings)
    {
        var overlay = new Dictionary<string, string?>(tokens) { ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0" };
        foreach (var (key, value) in settings)
        {
            overlay[key] = value;
        }

        return overlay;
    }
}
