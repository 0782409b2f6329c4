using System.Globalization;
using System.Net;
using System.Text;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>Socket.IO on Node.js with its Redis adapter, over WebSockets alone.</summary>
internal sealed class SocketIoPeer : IGroupPeer, IGroupDialect
{
    public string Name => "Socket.IO";

    public string? Absence => Redis.Absence ?? NodePackages.SocketIo.Value.Absence;

    public IGroupDialect Dialect => this;

    public (byte[] Before, byte[] After) Received { get; } = ("42[\"heard\",\""u8.ToArray(), "\"]"u8.ToArray());

    public TimeSpan Settling => TimeSpan.Zero;

    public async Task<Running> StartAsync(Scratch scratch)
    {
        var (port, redis) = (Ports.Free(), Ports.Free());
        var store = await Redis.StartAsync(scratch, redis);
        var server = scratch.Start("Socket.IO", scratch.NewFolder("socket.io"),
        [
            Executables.Find("node")!, Path.Combine(NodePackages.SocketIo.Value.Folder, "server.js"),
            port.ToString(CultureInfo.InvariantCulture), redis.ToString(CultureInfo.InvariantCulture),
        ]);
        await server.WaitForPortAsync(port);
        return Running.On(port, server, store);
    }

    public byte[] Handshake(IPEndPoint server, string group, int member) => Requests.Handshake(server, "/socket.io/?EIO=4&transport=websocket");

    public void Join(WireSocket wire, string group)
    {
        Expect(wire, "0{");
        Say(wire, "40");
        Expect(wire, "40{");
        Say(wire, $"420[\"join\",\"{group}\"]");
        Expect(wire, "430[");
    }

    public (byte[] Before, byte[] After) Sent(string group) => (Encoding.ASCII.GetBytes($"42[\"send\",\"{group}\",\""), "\"]"u8.ToArray());

    public int SkipKeepAlive(WireSocket wire, ReadOnlySpan<byte> payload)
    {
        if (!payload.SequenceEqual("2"u8))
        {
            return 0;
        }

        Say(wire, "3");
        return payload.Length;
    }

    private static void Say(WireSocket wire, string text) => wire.Send(Frames.FromClient(Opcode.Text, Encoding.ASCII.GetBytes(text)));

    private static void Expect(WireSocket wire, string start)
    {
        var heard = wire.ReadText();
        if (!heard.StartsWith(start, StringComparison.Ordinal))
        {
            throw new WrongAnswerException($"Expected {start}…, got {heard}");
        }
    }
}
