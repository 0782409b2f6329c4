using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// Stands in for the server's upgrade features while a handshake is forwarded. The forwarder upgrades once the destination has accepted;
/// then the socket is made of both ends here, and the forwarder gets a stream that has nothing in it.
/// </summary>
internal sealed class SocketUpgrade : IHttpUpgradeFeature, IHttpExtendedConnectFeature
{
    private readonly IFeatureCollection _features;
    private readonly IHttpUpgradeFeature? _upgrade;
    private readonly IHttpExtendedConnectFeature? _connect;
    private readonly Func<Stream, Task> _accepted;
    private readonly bool _isTunnel;

    private SocketUpgrade(IFeatureCollection features, Func<Stream, Task> accepted)
    {
        _features = features;
        _isTunnel = features.Get<Handshake>() is { IsTunnel: true };
        _upgrade = features.Get<IHttpUpgradeFeature>();
        _connect = features.Get<IHttpExtendedConnectFeature>();
        _accepted = accepted;
    }

    /// <summary>Not for a tunnel: the forwarder knows one protocol of those, SPDY, and would make a GET of its request. <see cref="TunnelTransform"/> asks for it.</summary>
    public bool IsUpgradableRequest => !_isTunnel && _upgrade is { IsUpgradableRequest: true };

    public bool IsExtendedConnect => _connect is { IsExtendedConnect: true };

    public string? Protocol => _connect?.Protocol;

    /// <summary>Takes the features' place until <see cref="Restore"/>.</summary>
    /// <param name="features">The request's.</param>
    /// <param name="accepted">Gets the client's connection, which belongs to it. A connection that is the request's own ends with the request, for which the return counts.</param>
    public static SocketUpgrade Install(IFeatureCollection features, Func<Stream, Task> accepted)
    {
        var upgrade = new SocketUpgrade(features, accepted);
        upgrade.Replace(upgrade, upgrade);
        return upgrade;
    }

    public async Task<Stream> UpgradeAsync()
    {
        var client = await _upgrade!.UpgradeAsync();
        _features.Get<ClientConnection>()?.Upgraded();
        return await HandOverAsync(TakeConnection() ?? KeepEndInOrder(client));
    }

    public async ValueTask<Stream> AcceptAsync() => await HandOverAsync(await Http2Sockets.AcceptAsync(_features, _connect!));

    public void Restore() => Replace(_upgrade, _connect);

    private async Task<Stream> HandOverAsync(Stream client)
    {
        // A socket is no long request.
        _features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        await _accepted(client);
        return Stream.Null;
    }

    /// <summary>From the server; null where it keeps it.</summary>
    private Stream? TakeConnection() => _features.Get<TlsConnection>() is { } secured ? secured.TakeStream() : _features.Get<LoopConnection>()?.TakeStream();

    /// <summary>What a client sends before it ends its connection is passed on before the end counts.</summary>
    private Stream KeepEndInOrder(Stream client)
    {
        _features.Get<LoopConnection>()?.KeepEndInOrder();
        return client;
    }

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
