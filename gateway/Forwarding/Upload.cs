using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// The body of a request to a destination of HTTP/1.1, sent while the answer is read. Each piece that the client sends goes on at once, framed as
/// the client has framed it: by its length, or in chunks.
/// </summary>
/// <remarks>
/// What the client does wrong ends the connection, and with it the answer. What the destination does not take is read and dropped, so that the
/// client comes to read the answer (RFC 9112, section 9.6), for <see cref="LingeringTime"/> at most once that is whole.
/// </remarks>
internal sealed class Upload : HttpContent
{
    /// <summary>nginx's lingering_time.</summary>
    private static readonly TimeSpan LingeringTime = TimeSpan.FromSeconds(30);

    private readonly HttpContent _content;
    private readonly SentBody _sent;
    private readonly long? _length;
    private readonly CancellationTokenSource _end;
    private UploadConnection? _connection;
    private Task _sending = Task.CompletedTask;
    private volatile bool _isDropped;
    private volatile bool _isAnswered;

    /// <param name="content">The proxy's, which copies the client's body and knows what became of it.</param>
    /// <param name="sent">Takes down that sending has begun.</param>
    /// <param name="time">Measures how long the rest is dropped.</param>
    public Upload(HttpContent content, SentBody sent, TimeProvider time)
    {
        (_content, _sent) = (content, sent);
        _end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        foreach (var header in content.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        _length = content.Headers.ContentLength;
        Headers.ContentLength = null;
    }

    private static ReadOnlySpan<byte> ChunkedLine => "\r\nTransfer-Encoding: chunked\r\n"u8;

    public bool IsUnderWay => !_sending.IsCompleted;

    /// <summary>Takes the connection over behind this head, which the platform's client has written for a chunked content.</summary>
    /// <returns>The head that says how the content is framed.</returns>
    public ReadOnlyMemory<byte> Begin(UploadConnection connection, ReadOnlyMemory<byte> head)
    {
        _connection = connection;
        if (_length is not { } length)
        {
            return head;
        }

        // No value holds the end of a line, so that this is the line itself.
        var at = head.Span.IndexOf(ChunkedLine);
        return (byte[])[.. head.Span[..at], .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\r\nContent-Length: {length}\r\n")), .. head.Span[(at + ChunkedLine.Length)..]];
    }

    /// <summary>The destination's answer has begun, and says whether it closes the connection behind it.</summary>
    public void AnswerBegun(HttpResponseMessage answer)
    {
        if (answer.Headers.ConnectionClose is true)
        {
            _connection!.CloseWithAnswer();
        }
    }

    /// <summary>All of the answer has been passed on.</summary>
    public void AnswerEnded()
    {
        _isAnswered = true;
        StopLingering();
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <summary>Ends when the head is sent, which for the platform's client is all.</summary>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            await UploadConnection.BeginAsync(stream, this, cancellationToken);
        }
        catch
        {
            _connection?.EndSending(isWhole: false);
            throw;
        }

        _sent.HasBegun = true;
        _sending = SendAsync(_connection!);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    private async Task SendAsync(UploadConnection connection)
    {
        try
        {
            var body = new Body(this, connection);
            await _content.CopyToAsync(body, _end.Token);
            await body.EndAsync(_end.Token);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or HttpRequestException)
        {
            // The proxy knows from its content what the client has done, and judges by it when the answer fails.
            _isDropped = true;
            connection.Abort();
        }
        finally
        {
            connection.EndSending(isWhole: !_isDropped);
        }
    }

    private void Drop()
    {
        _isDropped = true;
        StopLingering();
    }

    private void StopLingering()
    {
        if (_isDropped && _isAnswered)
        {
            _end.CancelAfter(LingeringTime);
        }
    }

    /// <summary>Frames what is written to it, one piece at a time.</summary>
    private sealed class Body(Upload upload, UploadConnection connection) : AsyncStream
    {
        /// <summary>The size of a chunk in hexadecimal digits, and three ends of lines.</summary>
        private const int ChunkFrame = 16 + 4;

        private static readonly byte[] LastChunk = "0\r\n\r\n"u8.ToArray();

        public override bool CanRead => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            upload._length is null ? WriteChunkAsync(buffer, cancellationToken) : SendAsync(buffer, cancellationToken);

        public ValueTask EndAsync(CancellationToken cancellation) => upload._length is null ? SendAsync(LastChunk, cancellation) : ValueTask.CompletedTask;

        private async ValueTask WriteChunkAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation)
        {
            if (piece.IsEmpty)
            {
                // A chunk without bytes would be the last one.
                return;
            }

            var chunk = ArrayPool<byte>.Shared.Rent(piece.Length + ChunkFrame);
            try
            {
                Utf8Formatter.TryFormat(piece.Length, chunk, out var count, new StandardFormat('X'));
                "\r\n"u8.CopyTo(chunk.AsSpan(count));
                piece.CopyTo(chunk.AsMemory(count + 2));
                count += 2 + piece.Length;
                "\r\n"u8.CopyTo(chunk.AsSpan(count));
                await SendAsync(chunk.AsMemory(0, count + 2), cancellation);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(chunk);
            }
        }

        private async ValueTask SendAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation)
        {
            if (upload._isDropped)
            {
                return;
            }

            try
            {
                await connection.SendAsync(piece, cancellation);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // Why it takes no more stands in its answer, or the reading of that fails.
                upload.Drop();
            }
        }
    }
}
