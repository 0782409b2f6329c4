using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>One WebSocket of a <see cref="RawBackend"/>, after the handshake.</summary>
internal sealed class RawConnection(Socket socket) : IDisposable
{
    private readonly FrameReader _frames = new();
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A timestamp of <see cref="Stopwatch"/>.</summary>
    public long OpenedAt { get; } = Stopwatch.GetTimestamp();

    public NetworkStream Stream { get; } = new(socket, ownsSocket: true);

    /// <summary>Every byte that came after the handshake and was read.</summary>
    public MemoryStream Received { get; } = new();

    /// <summary>Comes when nothing more can come from the other side.</summary>
    public Task Ended => _ended.Task;

    public static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                throw new IOException($"The connection ended in the head: '{Encoding.ASCII.GetString([.. head])}'");
            }

            head.Add(one[0]);
        }

        return Encoding.ASCII.GetString([.. head]);
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => Stream.WriteAsync(bytes);

    /// <summary>The next frame; null at the end of the connection, be it a reset.</summary>
    public async Task<RawFrame?> ReadFrameAsync()
    {
        while (true)
        {
            if (_frames.Next() is { } frame)
            {
                return frame;
            }

            if (await ReadAsync() is not (> 0 and var count))
            {
                return null;
            }

            _frames.Add(_buffer.AsSpan(0, count));
        }
    }

    /// <summary>Reads what comes, to the end.</summary>
    public async Task ReadToEndAsync()
    {
        while (await ReadAsync() > 0)
        {
        }
    }

    /// <summary>Ends the connection as the system does for a process that is killed with nothing left unread: by FIN.</summary>
    public void Die() => Stream.Dispose();

    /// <summary>Ends the connection as the system does for a process that is killed with something left unread: by RST.</summary>
    public void Reset()
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }

        Stream.Dispose();
    }

    public void Dispose()
    {
        Stream.Dispose();
        _ended.TrySetResult();
    }

    private async Task<int> ReadAsync()
    {
        var count = 0;
        try
        {
            count = await Stream.ReadAsync(_buffer);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // A reset is an end too.
        }

        Received.Write(_buffer, 0, count);
        if (count == 0)
        {
            _ended.TrySetResult();
        }

        return count;
    }
}
