using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Benchmarks.Load;

/// <summary>
/// One client, and the socket that it has at the moment. It answers pings and goodbyes all the time. Its reads are tasks of the platform: thousands of clients that
/// connect, wait and are refused, each at its own time, would block each other on one thread.
/// </summary>
internal sealed class RestlessClient(int number) : IAsyncDisposable
{
    private readonly NumberedMessage _message = new(64, number);
    private readonly byte[] _buffer = new byte[512];
    private Socket? _socket;
    private TaskCompletionSource _echo = new();
    private int _count;
    private long _sent;

    /// <summary>The code with which the server has said goodbye; fails when its socket ends in another way.</summary>
    public Task<int> Closed { get; private set; } = Task.FromResult(0);

    /// <summary>Asks for a socket, in place of the one before. Null when it has it, else how long the server wants it to wait.</summary>
    public async Task<TimeSpan?> OpenAsync(IPEndPoint server, CancellationToken stop)
    {
        _socket?.Dispose();
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _count = 0;
        await _socket.ConnectAsync(server, stop);
        await _socket.SendAsync(Requests.Handshake(server, "/open/echo"), stop);
        int end;
        while ((end = _buffer.AsSpan(0, _count).IndexOf("\r\n\r\n"u8)) < 0)
        {
            await ReceiveAsync(_socket, stop);
        }

        string[] lines = Encoding.ASCII.GetString(_buffer, 0, end).Split("\r\n");
        Take(end + 4);
        if (lines[0].StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
        {
            Closed = ReadAsync(_socket);
            return null;
        }

        const string RetryAfter = "Retry-After: ";
        return lines[0].StartsWith("HTTP/1.1 503 ", StringComparison.Ordinal) && Array.Find(lines, line => line.StartsWith(RetryAfter, StringComparison.OrdinalIgnoreCase)) is { } line
            ? TimeSpan.FromSeconds(int.Parse(line[RetryAfter.Length..], CultureInfo.InvariantCulture))
            : throw new WrongAnswerException($"Expected 101, or 503 with Retry-After, got: {string.Join(" | ", lines)}");
    }

    /// <summary>Sends a message and gets it back.</summary>
    public async Task EchoAsync(CancellationToken stop)
    {
        _echo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _socket!.SendAsync(_message.Write(_sent++).ToArray(), stop);
        if (await Task.WhenAny(_echo.Task, Closed).WaitAsync(stop) != _echo.Task)
        {
            throw new WrongAnswerException($"A socket was closed with {await Closed} instead of an echo.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        await Closed.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task<int> ReadAsync(Socket socket)
    {
        while (true)
        {
            FrameShape frame;
            while (!FrameShape.TryRead(_buffer.AsSpan(0, _count), out frame))
            {
                await ReceiveAsync(socket, CancellationToken.None);
            }

            var payload = _buffer[frame.Payload..frame.End];
            Take(frame.End);
            switch (frame.Opcode)
            {
                case Opcode.Text:
                    _message.Check(_sent - 1, payload);
                    _echo.SetResult();
                    break;
                case Opcode.Ping:
                    await socket.SendAsync(Frames.FromClient(Opcode.Pong, payload));
                    break;
                case Opcode.Close when payload.Length >= 2:
                    await socket.SendAsync(Frames.FromClient(Opcode.Close, payload.AsSpan(0, 2)));
                    return (payload[0] << 8) | payload[1];
                default:
                    throw new WrongAnswerException($"An unexpected frame came: {frame.Opcode} of {frame.Length} bytes.");
            }
        }
    }

    private async Task ReceiveAsync(Socket socket, CancellationToken stop)
    {
        try
        {
            var read = await socket.ReceiveAsync(_buffer.AsMemory(_count), stop);
            _count += read > 0 ? read : throw new WrongAnswerException("A connection ended without a goodbye.");
        }
        catch (SocketException exception)
        {
            throw new WrongAnswerException($"A connection was cut: {exception.SocketErrorCode}.");
        }
    }

    private void Take(int count)
    {
        _buffer.AsSpan(count.._count).CopyTo(_buffer);
        _count -= count;
    }
}
