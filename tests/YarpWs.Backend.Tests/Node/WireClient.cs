using System.Buffers.Binary;
using System.Text;
using Xunit;
using YarpWs.Backend.Connections;

namespace YarpWs.Backend.Tests.Node;

internal enum Opcode : byte
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>One frame as it stood on the wire (RFC 6455 section 5.2).</summary>
internal sealed record WireFrame(Opcode Opcode, byte[] Payload)
{
    public string Text => Encoding.UTF8.GetString(Payload);

    public int CloseNumber => Payload.Length < 2 ? 1005 : BinaryPrimitives.ReadUInt16BigEndian(Payload);

    public string CloseReason => Payload.Length < 2 ? "" : Encoding.UTF8.GetString(Payload.AsSpan(2));
}

/// <summary>A client that answers nothing by itself: it sends and reads the frames that a test says. Every wait has a deadline.</summary>
internal sealed class WireClient(Stream stream) : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public Task SendAsync(string text) => SendAsync(Opcode.Text, Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(Opcode opcode, byte[] payload, bool isFinal = true)
    {
        Assert.InRange(payload.Length, 0, ushort.MaxValue);
        using var frame = new MemoryStream();
        frame.WriteByte((byte)((isFinal ? 0x80 : 0) | (byte)opcode));
        frame.WriteByte((byte)(0x80 | (payload.Length < 126 ? payload.Length : 126)));
        if (payload.Length >= 126)
        {
            frame.Write([(byte)(payload.Length >> 8), (byte)payload.Length]);
        }

        // Masked, as a client must, with a mask that changes nothing.
        frame.Write([0, 0, 0, 0]);
        frame.Write(payload);
        await SendBytesAsync(frame.ToArray());
    }

    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await stream.WriteAsync(bytes, deadline.Token);
    }

    public Task SendCloseAsync(int number, string reason = "") =>
        SendAsync(Opcode.Close, [(byte)(number >> 8), (byte)number, .. Encoding.UTF8.GetBytes(reason)]);

    /// <summary>The next frame; null at the end of the connection.</summary>
    public async Task<WireFrame?> ReadAsync(string what = "a frame")
    {
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            var head = new byte[2];
            if (await stream.ReadAtLeastAsync(head, 2, throwOnEndOfStream: false, deadline.Token) < 2)
            {
                return null;
            }

            Assert.True((head[0] & 0x80) != 0, "The server must send whole messages.");
            var payload = new byte[await ReadLengthAsync(head[1], deadline.Token)];
            await stream.ReadExactlyAsync(payload, deadline.Token);
            return new WireFrame((Opcode)(head[0] & 0x0f), payload);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Waited {Deadline.TotalSeconds} s for {what}.");
        }
    }

    /// <summary>Expects these texts next, one frame each.</summary>
    public async Task ExpectAsync(params string[] texts)
    {
        foreach (var text in texts)
        {
            var frame = await ReadAsync($"the text '{text}'");
            Assert.NotNull(frame);
            Assert.Equal((Opcode.Text, text), (frame.Opcode, frame.Text));
        }
    }

    public async Task<string[]> ReadTextsAsync(int count)
    {
        var texts = new string[count];
        for (var i = 0; i < count; i++)
        {
            var frame = await ReadAsync($"text {i + 1} of {count}");
            Assert.Equal(Opcode.Text, frame?.Opcode);
            texts[i] = frame!.Text;
        }

        return texts;
    }

    /// <summary>Expects a close frame next, and answers it.</summary>
    public async Task ExpectCloseAsync(CloseCode code)
    {
        var frame = await ReadAsync($"a close frame with {code}");
        Assert.NotNull(frame);
        Assert.Equal((Opcode.Close, code.Number, code.Reason), (frame.Opcode, frame.CloseNumber, frame.CloseReason));
        await SendCloseAsync(code.Number);
    }

    public async ValueTask DisposeAsync() => await stream.DisposeAsync();

    private async Task<long> ReadLengthAsync(byte first, CancellationToken cancellationToken)
    {
        Assert.True(first < 0x80, "A server must not mask its frames.");
        if (first < 126)
        {
            return first;
        }

        var length = new byte[first == 126 ? 2 : 8];
        await stream.ReadExactlyAsync(length, cancellationToken);
        return first == 126 ? BinaryPrimitives.ReadUInt16BigEndian(length) : BinaryPrimitives.ReadInt64BigEndian(length);
    }
}
