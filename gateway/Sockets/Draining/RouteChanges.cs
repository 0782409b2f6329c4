using System.Threading.Channels;
using Yarp.ReverseProxy.Configuration;

namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>Hears from the proxy that other routes run now. Several changes that nobody has looked at yet are one.</summary>
internal sealed class RouteChanges : IConfigChangeListener
{
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public IAsyncEnumerable<bool> ReadAllAsync(CancellationToken cancellation) => _changes.Reader.ReadAllAsync(cancellation);

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception)
    {
    }

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
    }

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception)
    {
    }

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => _changes.Writer.TryWrite(true);
}
