using Xunit;

namespace YarpWs.Tests.Redis;

/// <summary>One Garnet for all tests of a class; they tell their keys apart by prefix.</summary>
public sealed class SharedGarnet : IAsyncLifetime
{
    public EmbeddedGarnet Server { get; } = new();

    public async ValueTask InitializeAsync() => await Server.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>One redis-server for all tests of a class, started by the first that finds the program.</summary>
public sealed class SharedRedisServer : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1, 1);
    private RedisServer? _server;

    /// <summary>Skips the test, or fails it, where there is no redis-server.</summary>
    public async Task<RedisServer> StartAsync()
    {
        await _starting.WaitAsync();
        try
        {
            if (_server is null)
            {
                var server = new RedisServer();
                await server.StartAsync();
                _server = server;
            }

            return _server;
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _starting.Dispose();
    }
}
