using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Routes.Text;

namespace YarpWs.Gateway.Routes;

/// <summary>Hands the proxy what to run, and waits until it does. One call at a time.</summary>
internal sealed class RoutePublisher(CheckedRoutes start) : IProxyConfigProvider, IConfigChangeListener, IDisposable
{
    private volatile RouteConfiguration _published = new(start);
    private TaskCompletionSource<Exception?> _applied = new();

    public IProxyConfig GetConfig() => _published;

    /// <summary>Returns null when it runs. What the proxy cannot run, against all checks, it is told to forget; the reason is returned.</summary>
    public async Task<Exception?> PublishAsync(CheckedRoutes content, CheckedRoutes running)
    {
        var failure = await OfferAsync(content);
        if (failure is not null)
        {
            await OfferAsync(running);
        }

        return failure;
    }

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception) => _applied.TrySetResult(exception);

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
    }

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) => _applied.TrySetResult(exception);

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => _applied.TrySetResult(null);

    public void Dispose() => _published.Dispose();

    private Task<Exception?> OfferAsync(CheckedRoutes content)
    {
        var previous = _published;
        _applied = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _published = new RouteConfiguration(content);
        previous.Replace();
        return _applied.Task;
    }
}
