using Microsoft.Extensions.Options;

namespace YarpWs.Platform.Telemetry;

/// <summary>What the settings cannot change about the log.</summary>
internal sealed class LogRules : IPostConfigureOptions<LoggerFilterOptions>
{
    /// <summary>
    /// Below Warning these categories of the framework print a request's query string, headers or raw bytes, and with them tokens. The
    /// gateway's access log says what they would, without.
    /// </summary>
    private static readonly string[] Indiscreet =
    [
        "Microsoft.AspNetCore.Authentication.OpenIdConnect.OpenIdConnectHandler",
        "Microsoft.AspNetCore.Hosting.Diagnostics",
        "Microsoft.AspNetCore.Server.Kestrel.BadRequests",
        "Microsoft.AspNetCore.Server.Kestrel.Http2",
        "Yarp.ReverseProxy.Forwarder.HttpForwarder",
    ];

    /// <summary>These print a failed start, stack and all. It is thrown as well, and Program says it once.</summary>
    private static readonly string[] Starting =
    [
        "Microsoft.AspNetCore.Hosting.Diagnostics",
        "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.Extensions.Hosting.Internal.Host",
    ];

    /// <summary>
    /// At Information it has a line for each HTTP/2 socket that ends, because the proxy does not wait for its client to end as well ("completed without reading the entire request
    /// body"). The access log has one already. Who asks for Debug gets all.
    /// </summary>
    private const string Wordy = "Microsoft.AspNetCore.Server.Kestrel";

    private volatile bool _hasStarted;

    public static void Add(IServiceCollection services) => services
        .AddSingleton<LogRules>()
        .AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(provider => provider.GetRequiredService<LogRules>());

    public void OnStarted() => _hasStarted = true;

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // A rule for one provider goes before a general one, so each provider that has rules gets these as well.
        foreach (var provider in options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct().ToArray())
        {
            foreach (var category in Indiscreet.Union(Starting))
            {
                var level = LevelOf(options, provider, category);
                level = category == Wordy && level == LogLevel.Information ? LogLevel.Warning : level;
                var floor = Indiscreet.Contains(category) ? LogLevel.Warning : LogLevel.Trace;
                options.Rules.Add(new LoggerFilterRule(provider, category, level > floor ? level : floor, Starting.Contains(category) ? IsSpoken : null));
            }
        }
    }

    private bool IsSpoken(string? provider, string? category, LogLevel level) => _hasStarted || level < LogLevel.Error;

    /// <summary>The level that the settings give a category: that of the longest matching rule.</summary>
    private static LogLevel LevelOf(LoggerFilterOptions options, string? provider, string category) => options.Rules
        .Where(rule => rule.ProviderName == provider && category.StartsWith(rule.CategoryName ?? "", StringComparison.OrdinalIgnoreCase))
        .MaxBy(rule => rule.CategoryName?.Length ?? 0)?.LogLevel ?? options.MinLevel;
}
