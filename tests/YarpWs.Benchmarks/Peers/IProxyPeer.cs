using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>Something that can stand in front of one backend and let WebSockets and requests through.</summary>
internal interface IProxyPeer
{
    string Name { get; }

    /// <summary>Why it cannot run here, and how to install it; null when it can.</summary>
    string? Absence { get; }

    /// <param name="scratch">Where it may write.</param>
    /// <param name="backend">The backend's port on the loopback.</param>
    Task<Running> StartAsync(Scratch scratch, int backend);
}
