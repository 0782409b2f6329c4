using System.Net;
using YarpWs.Benchmarks.Load;

namespace YarpWs.Benchmarks.Peers;

/// <summary>A group is an address, <c>{"message": …}</c> goes in and its value comes out: the product's plain protocol, and the original's.</summary>
internal sealed class SeedDialect : IGroupDialect
{
    public (byte[] Before, byte[] After) Received { get; } = ([], []);

    public byte[] Handshake(IPEndPoint server, string group, int member) =>
        Requests.Handshake(server, $"/ws/start/{group}", $"Authorization: Bearer {Tokens.For($"user{member}")}");

    public void Join(WireSocket wire, string group)
    {
        // Whoever has its 101 is a member.
    }

    public TimeSpan Settling => TimeSpan.Zero;

    public (byte[] Before, byte[] After) Sent(string group) => ("{\"message\":\""u8.ToArray(), "\"}"u8.ToArray());

    public int SkipKeepAlive(WireSocket wire, ReadOnlySpan<byte> payload) => 0;
}
