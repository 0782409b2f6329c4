using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Routes.Text;

namespace YarpWs.Gateway.Routes;

/// <summary>Checked routes as the proxy takes them. Never changes; <see cref="Replace"/> tells the proxy to come for the next.</summary>
internal sealed class RouteConfiguration : IProxyConfig, IDisposable
{
    private readonly CancellationTokenSource _replaced = new();

    public RouteConfiguration(CheckedRoutes content)
    {
        Content = content;
        ChangeToken = new CancellationChangeToken(_replaced.Token);
    }

    public CheckedRoutes Content { get; }

    public string RevisionId => Content.Text.Hash;

    public IReadOnlyList<RouteConfig> Routes => Content.Routes;

    public IReadOnlyList<ClusterConfig> Clusters => Content.Clusters;

    public IChangeToken ChangeToken { get; }

    public void Replace() => _replaced.Cancel();

    public void Dispose() => _replaced.Dispose();
}
