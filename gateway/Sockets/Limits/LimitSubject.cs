using System.Net;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>Who wants to open a socket, on which route, and the limits that hold there now.</summary>
internal sealed record LimitSubject(string Route, LimitOptions Limits, Login? Login, IPAddress? Address)
{
    /// <summary>What it has to fit into. The client's own limits come first: one that breaks them hears of that, and not that the route is full.</summary>
    public IEnumerable<LimitRule> Rules()
    {
        if (Limits.HasAnyPerAddress && LimitKey.Address(Route, Address) is { } address)
        {
            yield return new LimitRule(address, Limits.MaxSocketsPerAddress, Limits.HandshakesPerSecondPerAddress);
        }

        if (Limits.HasAnyPerUser && LimitKey.User(Route, Login) is { } user)
        {
            yield return new LimitRule(user, Limits.MaxSocketsPerUser, Limits.HandshakesPerSecondPerUser);
        }

        if (Limits.MaxSockets is not null)
        {
            // The route's handshakes are counted where they go to a destination.
            yield return new LimitRule(LimitKey.Everybody(Route), Limits.MaxSockets, Handshakes: null);
        }
    }
}
