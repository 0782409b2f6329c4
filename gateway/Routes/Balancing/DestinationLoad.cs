using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Model;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// What a destination has to do: the requests that the proxy counts, and the sockets that have outlived theirs, which it does not. Every policy
/// that compares destinations asks here. Any thread may call it at any time.
/// </summary>
internal sealed class DestinationLoad
{
    private readonly ConditionalWeakTable<DestinationState, StrongBox<int>> _sockets = [];

    /// <summary>Requests and sockets that are under way there now.</summary>
    public int Of(DestinationState destination) =>
        destination.ConcurrentRequestCount + (_sockets.TryGetValue(destination, out var sockets) ? Volatile.Read(ref sockets.Value) : 0);

    /// <summary>A socket goes on without its request, until <see cref="Leave"/>.</summary>
    public void Stay(DestinationState destination) => Interlocked.Increment(ref _sockets.GetOrCreateValue(destination).Value);

    public void Leave(DestinationState destination) => Interlocked.Decrement(ref _sockets.GetOrCreateValue(destination).Value);
}
