using System.Net;
using System.Text;
using YarpWs.Benchmarks.Load;

namespace YarpWs.Benchmarks.Peers;

/// <summary>What the benchmark itself asks of a Redis.</summary>
internal static class RedisCommand
{
    /// <summary>Ends every connection that it has, as a failing network would.</summary>
    public static void CutEverybody(int port)
    {
        using var wire = WireSocket.Connect(new IPEndPoint(IPAddress.Loopback, port), 256);
        wire.Send("CLIENT KILL TYPE pubsub\r\nCLIENT KILL TYPE normal SKIPME yes\r\n"u8);
        while (wire.Unread.Count((byte)'\n') < 2)
        {
            wire.WaitUntilReadable();
            if (!wire.Receive() || !wire.Unread.StartsWith(":"u8))
            {
                throw new WrongAnswerException($"Redis did not cut its connections: {Encoding.ASCII.GetString(wire.Unread)}");
            }
        }
    }
}
