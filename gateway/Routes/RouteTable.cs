using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Settings;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// The routes that run. They change as a whole or not at all, one change at a time, and no change touches a live socket: the proxy keeps
/// what did not change, and a socket keeps the connection that it has.
/// </summary>
internal sealed class RouteTable(CheckedRoutes start, RouteReader reader, RouteJudge judge, TimeProvider time, ILogger<RouteTable> logger)
    : IProxyConfigProvider, IConfigChangeListener, IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private readonly string _otherSettings = OtherSettings(start);
    private volatile RouteConfiguration _published = new(start);
    private volatile RouteState _state = new(start, time.GetUtcNow(), RouteMeans.Start, Refused: null);
    private string _otherSettingsSeen = OtherSettings(start);
    private TaskCompletionSource<Exception?> _applied = new();

    public RouteState State => _state;

    public IProxyConfig GetConfig() => _published;

    /// <summary>Has those who will use them look at the routes that the gateway starts with.</summary>
    /// <exception cref="RefusedSettingsException">They find errors.</exception>
    public async Task CheckStartAsync() => (await judge.JudgeAsync(start)).OrThrow();

    /// <summary>Reads and checks. Changes nothing.</summary>
    public Task<CheckedRoutes> CheckAsync(RouteText text) => judge.JudgeAsync(reader.Read(text));

    /// <summary>Takes what the text says, if all of it is good. Returns what was read, with the reasons when it was refused.</summary>
    public async Task<CheckedRoutes> ApplyAsync(RouteText text, RouteMeans means, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var content = await CheckAsync(text);
            content = content.HasErrors ? content : await PublishAsync(content);
            if (content.HasErrors)
            {
                _state = _state with { Refused = new(content, time.GetUtcNow()) };
                logger.RoutesRefused(content.Text.Hash, _state.Running.Text.Hash, string.Join(" | ", content.Diagnostics));
                return content;
            }

            _state = new RouteState(content, time.GetUtcNow(), means, Refused: null);
            logger.RoutesApplied(content.Text.Hash, content.Routes.Count, content.Clusters.Count, means);
            SayWhatTakesARestart(content);
            return content;
        }
        finally
        {
            _one.Release();
        }
    }

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception) => _applied.TrySetResult(exception);

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
    }

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) => _applied.TrySetResult(exception);

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => _applied.TrySetResult(null);

    public void Dispose()
    {
        _published.Dispose();
        _one.Dispose();
    }

    /// <summary>Hands the proxy what to run and waits until it does. What it cannot run, against all checks, it is told to forget.</summary>
    private async Task<CheckedRoutes> PublishAsync(CheckedRoutes content)
    {
        if (await OfferAsync(content) is not { } failure)
        {
            return content;
        }

        await OfferAsync(_state.Running);
        return content with { Diagnostics = [.. content.Diagnostics, new(Severity.Error, null, "ReverseProxy", failure.Message)] };
    }

    private Task<Exception?> OfferAsync(CheckedRoutes content)
    {
        var previous = _published;
        _applied = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _published = new RouteConfiguration(content);
        previous.Replace();
        return _applied.Task;
    }

    private void SayWhatTakesARestart(CheckedRoutes content)
    {
        var others = OtherSettings(content);
        if (others != _otherSettingsSeen && others != _otherSettings)
        {
            logger.SettingsWaitForARestart();
        }

        _otherSettingsSeen = others;
    }

    private static string OtherSettings(CheckedRoutes content) => string.Join('\n', content.Settings.Children
        .Where(section => !section.Name.Equals("ReverseProxy", StringComparison.OrdinalIgnoreCase) && section.Name != "$schema")
        .SelectMany(section => section.Flatten())
        .Select(pair => $"{pair.Key}={pair.Value}")
        .Order(StringComparer.Ordinal));
}
