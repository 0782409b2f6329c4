using Xunit;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Cluster;

/// <summary>A cluster on Garnet, shared by the tests of a class.</summary>
public sealed class GarnetCluster : IAsyncLifetime
{
    private readonly EmbeddedGarnet _redis = new();

    public TestCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        Cluster = await TestCluster.StartAsync(_redis);
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await _redis.DisposeAsync();
    }
}

/// <summary>A cluster on Garnet behind a gateway that is made of an nginx configuration, shared by the tests of a class.</summary>
public sealed class ImportedCluster : IAsyncLifetime
{
    private readonly EmbeddedGarnet _redis = new();

    public TestCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        var conf = await File.ReadAllTextAsync(Repository.PathOf("tests", "YarpWs.EndToEnd.Tests", "Import", "rooms-site.conf"));
        Cluster = await TestCluster.StartBehindImportAsync(
            _redis, backends => conf.Replace("BACKEND_A", backends[0].Authority, StringComparison.Ordinal).Replace("BACKEND_B", backends[1].Authority, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await _redis.DisposeAsync();
    }
}

/// <summary>A cluster on a real redis-server, shared by the tests of a class; where there is none, they are skipped.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1, 1);
    private RedisServer? _redis;
    private TestCluster? _cluster;

    public async Task<TestCluster> StartAsync()
    {
        await _starting.WaitAsync();
        try
        {
            if (_cluster is null)
            {
                _redis ??= new RedisServer();
                await _redis.StartAsync();
                _cluster = await TestCluster.StartAsync(_redis);
            }

            return _cluster;
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        _starting.Dispose();
    }
}
