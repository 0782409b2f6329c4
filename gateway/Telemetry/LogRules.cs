using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Telemetry;

/// <summary>
/// Holds categories of the framework at Warning, whatever the settings say: below it they print a request's query string, headers or raw
/// bytes, and with them tokens. The access log says what they would, without.
/// </summary>
internal sealed class LogFloors : IPostConfigureOptions<LoggerFilterOptions>
{
    private static readonly string[] Categories =
    [
        "Microsoft.AspNetCore.Hosting.Diagnostics",
        "Microsoft.AspNetCore.Server.Kestrel.BadRequests",
        "Microsoft.AspNetCore.Server.Kestrel.Http2",
        "Yarp.ReverseProxy.Forwarder.HttpForwarder",
    ];

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // A rule for one provider goes before a general one, so each provider that has rules gets the floor as well.
        var providers = options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct().ToArray();
        foreach (var category in Categories)
        {
            foreach (var provider in providers)
            {
                var level = LevelOf(options, provider, category);
                options.Rules.Add(new LoggerFilterRule(provider, category, level > LogLevel.Warning ? level : LogLevel.Warning, filter: null));
            }
        }
    }

    /// <summary>The level that the settings give a category: that of the longest matching rule.</summary>
    private static LogLevel LevelOf(LoggerFilterOptions options, string? provider, string category) => options.Rules
        .Where(rule => rule.ProviderName == provider && category.StartsWith(rule.CategoryName ?? "", StringComparison.OrdinalIgnoreCase))
        .MaxBy(rule => rule.CategoryName?.Length ?? 0)?.LogLevel ?? options.MinLevel;
}
