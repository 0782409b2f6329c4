using System.Net;
using System.Text;
using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>ASP.NET Core SignalR with its Redis backplane and its JSON protocol.</summary>
internal sealed class SignalRPeer : IGroupPeer, IGroupDialect
{
    private const byte RecordEnd = 0x1E;

    /// <summary>It shares a frame with messages when both waited to be sent.</summary>
    private static readonly byte[] Ping = [.. "{\"type\":6}"u8, RecordEnd];

    public string Name => "SignalR";

    public string? Absence => Redis.Absence;

    public IGroupDialect Dialect => this;

    public (byte[] Before, byte[] After) Received { get; } = ("{\"type\":1,\"target\":\"heard\",\"arguments\":[\""u8.ToArray(), [.. "\"]}"u8, RecordEnd]);

    public async Task<Running> StartAsync(Scratch scratch)
    {
        var (port, redis) = (Ports.Free(), Ports.Free());
        var store = await Redis.StartAsync(scratch, redis);
        var server = scratch.Start(
            "SignalR", scratch.NewFolder("signalr"), HiddenVerbs.Command(HiddenVerbs.SignalRServer, port, redis), HiddenVerbs.AsServer);
        await server.WaitForPortAsync(port);
        return Running.On(port, server, store);
    }

    public byte[] Handshake(IPEndPoint server, string group, int member) => Requests.Handshake(server, "/hub");

    public void Join(WireSocket wire, string group)
    {
        Ask(wire, """{"protocol":"json","version":1}""", "{}");
        Ask(wire, $$"""{"type":1,"invocationId":"1","target":"Join","arguments":["{{group}}"]}""", """{"type":3,"invocationId":"1","result":null}""");
    }

    public TimeSpan Settling => TimeSpan.Zero;

    public (byte[] Before, byte[] After) Sent(string group) =>
        (Encoding.ASCII.GetBytes($"{{\"type\":1,\"target\":\"Send\",\"arguments\":[\"{group}\",\""), [.. "\"]}"u8, RecordEnd]);

    public int SkipKeepAlive(WireSocket wire, ReadOnlySpan<byte> payload) => payload.StartsWith(Ping) ? Ping.Length : 0;

    private static void Ask(WireSocket wire, string question, string answer)
    {
        wire.Send(Frames.FromClient(Opcode.Text, [.. Encoding.ASCII.GetBytes(question), RecordEnd]));
        var heard = wire.ReadText();
        if (heard != answer + (char)RecordEnd)
        {
            throw new WrongAnswerException($"Expected {answer}, got {heard}");
        }
    }
}
