namespace YarpWs.Tests.Redis;

/// <summary>A server that speaks Redis' protocol, on a loopback port of its own, holding nothing at first.</summary>
public abstract class RedisUnderTest : IAsyncDisposable
{
    /// <summary>What a node is told of where Redis is.</summary>
    public virtual string Configuration => $"127.0.0.1:{Port}";

    public int Port { get; } = FreePort.Next();

    /// <summary>Starts the server, at first or again; what it held before is gone.</summary>
    public abstract Task StartAsync();

    /// <summary>Ends the server as a crash does: connections break, nothing is saved.</summary>
    public abstract Task KillAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await KillAsync();
        GC.SuppressFinalize(this);
    }
}
