using System.IO.Compression;
using System.Text;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>How what a client writes is cut into writes.</summary>
public enum Split
{
    /// <summary>Each frame at once.</summary>
    Frames,
    Bytes,

    /// <summary>Behind each header, and inside of it.</summary>
    Headers,
    Random,
}

/// <summary>What permessage-deflate the two ends agree on (RFC 7692).</summary>
public enum Deflate
{
    None,

    /// <summary>Each message goes on with what the one before has taught.</summary>
    Takeover,
    NoTakeover,
}

/// <summary>Everything that a client writes over one socket, in writes; the same for the same seed, masks too.</summary>
internal sealed class EchoTraffic(Split split, Deflate deflate, int seed) : IDisposable
{
    public const int Large = 16 << 20;

    private static readonly int[] Lengths = [0, 1, 125, 126, 65_535, 65_536];

    private readonly Random _random = new(seed);
    private readonly List<byte[]> _frames = [];
    private readonly MemoryStream _compressed = new();
    private DeflateStream? _compressor;

    /// <summary>What the handshake offers.</summary>
    public string? Extensions => deflate switch
    {
        Deflate.Takeover => "permessage-deflate",
        Deflate.NoTakeover => "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
        _ => null,
    };

    /// <summary>Both kinds of message, in every length class and in 1, 2 and many fragments, with control frames around and between.</summary>
    /// <param name="largest">Longer ones are left out.</param>
    public EchoTraffic AddMessages(int largest)
    {
        foreach (var length in Lengths.Append(Large).Where(length => length <= largest))
        {
            foreach (var opcode in (Opcode[])[Opcode.Text, Opcode.Binary])
            {
                foreach (var (fragments, control) in length == Large ? [(1, false)] : ((int, bool)[])[(1, false), (2, false), (7, false), (2, true), (7, true)])
                {
                    AddMessage(opcode, length, fragments, control);
                }
            }
        }

        return this;
    }

    /// <summary>Pings and pongs of every length class that they have.</summary>
    public EchoTraffic AddControls()
    {
        foreach (var length in Lengths.Where(length => length <= 125))
        {
            Add(Opcode.Ping, Bytes(length));
            Add(Opcode.Pong, Bytes(length));
        }

        return this;
    }

    /// <param name="code">1005 for a frame without one.</param>
    /// <param name="reason">What stands behind the code.</param>
    public EchoTraffic AddClose(int code, string reason = "")
    {
        Add(Opcode.Close, code == 1005 ? [] : [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)]);
        return this;
    }

    public IEnumerable<ReadOnlyMemory<byte>> Writes()
    {
        if (split == Split.Frames)
        {
            return _frames.Select(frame => new ReadOnlyMemory<byte>(frame));
        }

        byte[] all = [.. _frames.SelectMany(frame => frame)];
        return split switch
        {
            Split.Bytes => Cut(all, () => 1),
            Split.Random => Cut(all, () => _random.Next(1, 3 * 16_384)),
            _ => _frames.SelectMany(frame => (ReadOnlyMemory<byte>[])[frame.AsMemory(..1), frame.AsMemory(1..5), frame.AsMemory(5..6), frame.AsMemory(6..)]),
        };
    }

    public void Dispose()
    {
        _compressor?.Dispose();
        _compressed.Dispose();
    }

    private void AddMessage(Opcode opcode, int length, int fragments, bool control)
    {
        var payload = opcode == Opcode.Text ? Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, length).Select(index => (char)('a' + ((index * 7) % 26))))) : Bytes(length);
        payload = deflate == Deflate.None ? payload : Compress(payload);
        var size = (payload.Length / fragments) + 1;
        for (var i = 0; i < fragments; i++)
        {
            var fragment = payload.AsSpan(Math.Min(payload.Length, i * size)..Math.Min(payload.Length, (i + 1) * size)).ToArray();
            Add(i == 0 ? opcode : Opcode.Continuation, fragment, i == fragments - 1, i == 0 && deflate != Deflate.None ? 4 : 0);
            if (control && i < fragments - 1)
            {
                Add(Opcode.Ping, Bytes(i));
                Add(Opcode.Pong, Bytes(125 - i));
            }
        }
    }

    private void Add(Opcode opcode, byte[] payload, bool isFinal = true, int reserved = 0)
    {
        var frame = Frames.Of(opcode, payload, isFinal, reserved, isMasked: false);
        var header = frame.AsSpan(0, frame.Length - payload.Length).ToArray();
        header[1] |= 0x80;
        var mask = Bytes(4);
        for (var i = 0; i < payload.Length; i++)
        {
            payload[i] ^= mask[i & 3];
        }

        _frames.Add([.. header, .. mask, .. payload]);
    }

    /// <summary>RFC 7692, section 7.2.1: what is flushed, without its last four bytes.</summary>
    private byte[] Compress(byte[] payload)
    {
        if (deflate == Deflate.NoTakeover || _compressor is null)
        {
            _compressor = new DeflateStream(_compressed, CompressionLevel.Fastest, leaveOpen: true);
        }

        _compressed.SetLength(0);
        _compressor.Write(payload);
        _compressor.Flush();
        return payload.Length == 0 ? [0] : _compressed.ToArray()[..^4];
    }

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Cut(byte[] bytes, Func<int> next)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var count = Math.Min(next(), bytes.Length - at);
            yield return bytes.AsMemory(at, count);
            at += count;
        }
    }
}
