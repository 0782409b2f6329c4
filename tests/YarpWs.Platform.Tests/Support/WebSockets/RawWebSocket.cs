using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace YarpWs.Tests.Support.WebSockets;

/// <summary>
/// A WebSocket client that does only what it is told, down to the frame, and answers nothing by itself, so that a test can see
/// and send everything. Every wait has a deadline and says what it waited for.
/// </summary>
public sealed class RawWebSocket : IAsyncDisposable
{
    private readonly TcpClient? _tcp;
    private readonly Stream _stream;

    /// <param name="stream">A connection whose handshake is over. It is closed with this.</param>
    public RawWebSocket(Stream stream)
    {
        _stream = stream;
        Response = [];
    }

    private RawWebSocket(TcpClient tcp, string[] response)
    {
        _tcp = tcp;
        _stream = tcp.GetStream();
        Response = response;
    }

    /// <summary>The status line and the headers of the server's answer; empty over a connection that was open already.</summary>
    public string[] Response { get; }

    public int Status => int.Parse(Response[0].Split(' ')[1], CultureInfo.InvariantCulture);

    public string? Header(string name) => Response.Skip(1)
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .FirstOrDefault();

    /// <summary>Opens a WebSocket; fails the test when it is refused.</summary>
    public static async Task<RawWebSocket> ConnectAsync(Uri server, string target, params string[] headers)
    {
        var socket = await RequestAsync(server, "GET", target, [.. Handshake(), .. headers]);
        Xunit.Assert.True(socket.Status == 101, $"Expected 101 for {target}, got: {string.Join(" | ", socket.Response)}");
        return socket;
    }

    /// <summary>The headers of a good handshake, but for Host.</summary>
    public static string[] Handshake() =>
    [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        $"Sec-WebSocket-Key: {Convert.ToBase64String(RandomNumberGenerator.GetBytes(16))}",
    ];

    /// <summary>Sends a request as written, and reads the answer's head. A <c>Host</c> header is added when there is none.</summary>
    public static async Task<RawWebSocket> RequestAsync(Uri server, string method, string target, IEnumerable<string> headers, string version = "HTTP/1.1")
    {
        var lines = headers.ToList();
        if (!lines.Exists(line => line.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)))
        {
            lines.Insert(0, $"Host: {server.Authority}");
        }

        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(server.Host, server.Port);
        var request = $"{method} {target} {version}\r\n{string.Concat(lines.Select(line => line + "\r\n"))}\r\n";
        await tcp.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request));
        return new RawWebSocket(tcp, await ReadHeadAsync(tcp.GetStream()));
    }

    public Task SendAsync(string text) => SendAsync(Opcode.Text, Encoding.UTF8.GetBytes(text));

    public Task SendAsync(Opcode opcode, byte[] payload, bool isFinal = true, int reserved = 0, bool isMasked = true) =>
        SendBytesAsync(Frames.Of(opcode, payload, isFinal, reserved, isMasked));

    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes) => await WithDeadline("to send", async token =>
    {
        await _stream.WriteAsync(bytes, token);
        return true;
    });

    public Task SendCloseAsync(int code, string reason = "")
    {
        var payload = new byte[2 + Encoding.UTF8.GetByteCount(reason)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        Encoding.UTF8.GetBytes(reason, payload.AsSpan(2));
        return SendAsync(Opcode.Close, payload);
    }

    /// <summary>The next frame of any kind; null at the end of the connection.</summary>
    public Task<WireFrame?> ReadFrameAsync(string what = "a frame") => WithDeadline(what, async token =>
    {
        var head = new byte[2];
        if (await _stream.ReadAtLeastAsync(head, 2, throwOnEndOfStream: false, token) < 2)
        {
            return null;
        }

        Xunit.Assert.True((head[1] & 0x80) == 0, "A server must not mask its frames.");
        Xunit.Assert.True((head[0] & 0x70) == 0, "No extension was negotiated, so no reserved bit may be set.");
        var length = (long)(head[1] & 0x7f);
        if (length >= 126)
        {
            var extended = new byte[length == 126 ? 2 : 8];
            await _stream.ReadExactlyAsync(extended, token);
            length = length == 126 ? BinaryPrimitives.ReadUInt16BigEndian(extended) : BinaryPrimitives.ReadInt64BigEndian(extended);
        }

        var payload = new byte[length];
        await _stream.ReadExactlyAsync(payload, token);
        return new WireFrame((Opcode)(head[0] & 0x0f), (head[0] & 0x80) != 0, payload);
    });

    /// <summary>Expects that the next frames are these texts, each whole.</summary>
    public async Task ExpectAsync(params string[] texts)
    {
        foreach (var text in texts)
        {
            await ExpectOneAsync(text);
        }
    }

    /// <summary>The next so many frames, which are texts.</summary>
    public async Task<string[]> ReadTextsAsync(int count)
    {
        var texts = new string[count];
        for (var i = 0; i < count; i++)
        {
            var frame = await ReadFrameAsync($"text {i + 1} of {count}");
            Xunit.Assert.True(frame?.Opcode == Opcode.Text, $"Text {i + 1} of {count} was expected, and {(frame is null ? "the end" : Describe(frame))} came.");
            texts[i] = frame!.Text;
        }

        return texts;
    }

    public async Task ExpectPongAsync(byte[] payload)
    {
        var frame = await ReadFrameAsync("a pong");
        Xunit.Assert.Equal(Opcode.Pong, frame?.Opcode);
        Xunit.Assert.Equal(payload, frame!.Payload);
    }

    /// <summary>Reads on until the close frame, and expects this code; then answers it.</summary>
    public async Task<WireFrame> ExpectCloseAsync(int code)
    {
        while (true)
        {
            var frame = await ReadFrameAsync($"a close frame with {code}");
            Xunit.Assert.True(frame is not null, $"Expected a close frame with {code}, but the connection ended without one.");
            if (frame.Opcode == Opcode.Close)
            {
                Xunit.Assert.Equal(code, frame.CloseCode);
                await AnswerCloseAsync(frame);
                return frame;
            }
        }
    }

    /// <summary>Expects the end of the TCP connection, by FIN or by RST.</summary>
    public Task ExpectEndAsync() => WithDeadline("the end of the connection", async token =>
    {
        try
        {
            var rest = new byte[4096];
            while (await _stream.ReadAsync(rest, token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return true;
    });

    /// <summary>The body of an answer that is no upgrade: of as many bytes as Content-Length says, or in chunks; empty where neither is told.</summary>
    public Task<string> ReadBodyAsync() => WithDeadline("the body", async token =>
    {
        if (Header("Content-Length") is { } length)
        {
            return await ReadTextAsync(int.Parse(length, CultureInfo.InvariantCulture), token);
        }

        var body = new StringBuilder();
        var isMore = Header("Transfer-Encoding") == "chunked";
        while (isMore)
        {
            var size = int.Parse(await ReadLineAsync(token), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Append(await ReadTextAsync(size, token));
            await ReadLineAsync(token);
            isMore = size > 0;
        }

        return body.ToString();
    });

    /// <summary>Cuts the connection without a word, as a crash or a pulled cable does.</summary>
    public void Cut() => End(isReset: true);

    /// <summary>Ends the connection without a close frame: by a reset, or by the end of what this side sends and reads.</summary>
    public void End(bool isReset)
    {
        _tcp!.LingerState = new LingerOption(enable: isReset, seconds: 0);
        _tcp.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _tcp?.Dispose();
    }

    private async Task ExpectOneAsync(string text)
    {
        var frame = await ReadFrameAsync($"the text '{text}'");
        Xunit.Assert.True(frame is not null, $"Expected the text '{text}', but the connection ended.");
        Xunit.Assert.True(frame.Opcode == Opcode.Text, $"Expected the text '{text}', got {Describe(frame)}.");
        Xunit.Assert.True(frame.IsFinal, "Expected one unfragmented frame.");
        Xunit.Assert.Equal(text, frame.Text);
    }

    private async Task AnswerCloseAsync(WireFrame close)
    {
        try
        {
            await SendAsync(Opcode.Close, close.Payload);
        }
        catch (IOException)
        {
            // The server need not wait for the answer.
        }
    }

    private static async Task<string[]> ReadHeadAsync(NetworkStream stream) => await WithDeadline("the head of the answer", async token =>
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, token) == 0)
            {
                throw new IOException($"The connection ended in the head of the answer: '{head}'");
            }

            head.Append((char)one[0]);
        }

        return head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    });

    private async Task<string> ReadTextAsync(int length, CancellationToken token)
    {
        var bytes = new byte[length];
        await _stream.ReadExactlyAsync(bytes, token);
        return Encoding.UTF8.GetString(bytes);
    }

    private async Task<string> ReadLineAsync(CancellationToken token)
    {
        var line = new StringBuilder();
        while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal))
        {
            line.Append(await ReadTextAsync(1, token));
        }

        return line.ToString().TrimEnd();
    }

    private static string Describe(WireFrame frame) => frame.Opcode == Opcode.Close
        ? $"a close frame with {frame.CloseCode} '{frame.CloseReason}'"
        : $"a frame {frame.Opcode} of {frame.Payload.Length} bytes";

    private static async Task<T> WithDeadline<T>(string what, Func<CancellationToken, Task<T>> wait)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Xunit.TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline.Length);
        try
        {
            return await wait(deadline.Token);
        }
        catch (OperationCanceledException) when (!Xunit.TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Waited {Deadline.Length.TotalSeconds} s for {what}.");
        }
    }
}
