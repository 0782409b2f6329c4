using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// Stands in for the server's upgrade features while a handshake is forwarded, and hands the forwarder a stream of the gateway's own in
/// place of the connection's.
/// </summary>
internal sealed class SocketUpgrade : IHttpUpgradeFeature, IHttpExtendedConnectFeature
{
    private readonly IFeatureCollection _features;
    private readonly IHttpUpgradeFeature? _upgrade;
    private readonly IHttpExtendedConnectFeature? _connect;
    private readonly Func<Stream, Stream> _open;

    private SocketUpgrade(IFeatureCollection features, Func<Stream, Stream> open)
    {
        _features = features;
        _upgrade = features.Get<IHttpUpgradeFeature>();
        _connect = features.Get<IHttpExtendedConnectFeature>();
        _open = open;
    }

    public bool IsUpgradableRequest => _upgrade is { IsUpgradableRequest: true };

    public bool IsExtendedConnect => _connect is { IsExtendedConnect: true };

    public string? Protocol => _connect?.Protocol;

    /// <summary>Takes the features' place until <see cref="Restore"/>.</summary>
    public static SocketUpgrade Install(IFeatureCollection features, Func<Stream, Stream> open)
    {
        var upgrade = new SocketUpgrade(features, open);
        upgrade.Replace(upgrade, upgrade);
        return upgrade;
    }

    public async Task<Stream> UpgradeAsync() => _open(await _upgrade!.UpgradeAsync());

    public async ValueTask<Stream> AcceptAsync() => _open(await _connect!.AcceptAsync());

    public void Restore() => Replace(_upgrade, _connect);

    /// <summary>A feature that the server did not offer for this request must not appear.</summary>
    private void Replace(IHttpUpgradeFeature? upgrade, IHttpExtendedConnectFeature? connect)
    {
        if (_upgrade is not null)
        {
            _features.Set(upgrade);
        }

        if (_connect is not null)
        {
            _features.Set(connect);
        }
    }
}
