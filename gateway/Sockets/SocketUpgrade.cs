using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using YarpWs.Transport;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// Stands in for the server's upgrade features while a handshake is forwarded. The forwarder upgrades once the destination has accepted;
/// then the socket is run here, from beginning to end, and the forwarder gets a stream that has nothing in it.
/// </summary>
internal sealed class SocketUpgrade : IHttpUpgradeFeature, IHttpExtendedConnectFeature
{
    private readonly IFeatureCollection _features;
    private readonly IHttpUpgradeFeature? _upgrade;
    private readonly IHttpExtendedConnectFeature? _connect;
    private readonly Func<Stream, Task> _run;

    private SocketUpgrade(IFeatureCollection features, Func<Stream, Task> run)
    {
        _features = features;
        _upgrade = features.Get<IHttpUpgradeFeature>();
        _connect = features.Get<IHttpExtendedConnectFeature>();
        _run = run;
    }

    public bool IsUpgradableRequest => _upgrade is { IsUpgradableRequest: true };

    public bool IsExtendedConnect => _connect is { IsExtendedConnect: true };

    public string? Protocol => _connect?.Protocol;

    /// <summary>Takes the features' place until <see cref="Restore"/>.</summary>
    /// <param name="features">The request's.</param>
    /// <param name="run">Gets the client's connection, which is disposed of when it returns.</param>
    public static SocketUpgrade Install(IFeatureCollection features, Func<Stream, Task> run)
    {
        var upgrade = new SocketUpgrade(features, run);
        upgrade.Replace(upgrade, upgrade);
        return upgrade;
    }

    public async Task<Stream> UpgradeAsync()
    {
        var client = await _upgrade!.UpgradeAsync();
        return await RunAsync(_features.Get<LoopConnection>()?.TakeStream() ?? client);
    }

    public async ValueTask<Stream> AcceptAsync() => await RunAsync(await _connect!.AcceptAsync());

    public void Restore() => Replace(_upgrade, _connect);

    private async Task<Stream> RunAsync(Stream client)
    {
        await using (client)
        {
            // A socket is no long request.
            _features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
            await _run(client);
            return Stream.Null;
        }
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
