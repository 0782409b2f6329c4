using System.Net;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>A system that gives each message of a group's member to all its members, over WebSockets, through a Redis.</summary>
internal interface IGroupPeer
{
    string Name { get; }

    /// <summary>Why it cannot run here, and how to install it; null when it can.</summary>
    string? Absence { get; }

    IGroupDialect Dialect { get; }

    Task<Running> StartAsync(Scratch scratch);
}

/// <summary>How such a system is spoken to. Messages are ASCII without quotes, so that no protocol has to escape them.</summary>
internal interface IGroupDialect
{
    /// <summary>What stands around a message that comes. Several may come in one frame.</summary>
    (byte[] Before, byte[] After) Received { get; }

    /// <summary>The request that opens a member's WebSocket.</summary>
    byte[] Handshake(IPEndPoint server, string group, int member);

    /// <summary>What is to be done after the 101, until the member is in the group.</summary>
    void Join(WireSocket wire, string group);

    /// <summary>How long after the last 101 it takes until every member hears what is published.</summary>
    TimeSpan Settling { get; }

    /// <summary>What stands around a message that a member sends.</summary>
    (byte[] Before, byte[] After) Sent(string group);

    /// <summary>
    /// Length of what stands at the start of this, only keeps the connection alive, and may come before, between and behind messages; an answer
    /// that it wants is sent.
    /// </summary>
    int SkipKeepAlive(WireSocket wire, ReadOnlySpan<byte> payload);
}
