using System.Globalization;
using Microsoft.Net.Http.Headers;
using Microsoft.Win32.SafeHandles;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Content;

/// <summary>
/// An open file on its way to a client: (1) the platform's own result, which knows validators, their preconditions and one range of bytes (RFC 9110, sections 13 and 14),
/// writes the head; (2) what it wants of the file is read into the server's memory, piece by piece, so that a file's size costs none. One that has become shorter meanwhile
/// ends the connection, or the client would take a part for the whole.
/// </summary>
internal static class SentFile
{
    /// <summary>What is read at once, and what a client that does not read makes the gateway hold.</summary>
    private const int PieceBytes = 128 << 10;

    /// <summary>Begins on the pool, where files are read.</summary>
    public static async Task WriteAsync(HttpContext context, SafeFileHandle handle, string type)
    {
        // 1
        var length = RandomAccess.GetLength(handle);
        var modified = new DateTimeOffset(File.GetLastWriteTimeUtc(handle));
        var tag = new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{modified.ToUnixTimeSeconds():x}-{length:x}\""));
        await using var wanted = new WantedPart(length);
        await TypedResults.Stream(wanted, type, lastModified: modified, entityTag: tag, enableRangeProcessing: true).ExecuteAsync(context);

        if (context.Response.StatusCode == StatusCodes.Status416RangeNotSatisfiable)
        {
            // In place of the file's type; which range there is stands in Content-Range.
            await Refusal.WriteAsync(context, StatusCodes.Status416RangeNotSatisfiable, $"The range begins behind the end of the file, which has {length} bytes.");
            return;
        }

        // 2
        if (wanted.IsAny && context.Response.ContentLength is > 0 and var count)
        {
            await SendAsync(context, handle, wanted.Position, count);
        }
    }

    private static async Task SendAsync(HttpContext context, SafeFileHandle handle, long from, long count)
    {
        if (count > PieceBytes)
        {
            // From here on what is read stands where it is sent from; a smaller file goes out together with its head.
            await context.Response.StartAsync();
        }

        var writer = context.Response.BodyWriter;
        while (count > 0 && !context.RequestAborted.IsCancellationRequested)
        {
            var piece = writer.GetMemory((int)Math.Min(count, PieceBytes));
            piece = piece[..(int)Math.Min(count, piece.Length)];

            // Behind a client that was waited for, this is an event loop.
            var read = Thread.CurrentThread.IsThreadPoolThread ? RandomAccess.Read(handle, piece.Span, from) : await RandomAccess.ReadAsync(handle, piece, from);
            if (read == 0)
            {
                context.Abort();
                return;
            }

            writer.Advance(read);
            (from, count) = (from + read, count - read);
            await writer.FlushAsync();
        }
    }

    /// <summary>Stands for the file where the head is written, and learns which part of it is to follow, if any.</summary>
    private sealed class WantedPart(long length) : Stream
    {
        /// <summary>Whether something of the file follows the head.</summary>
        public bool IsAny { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override long Seek(long offset, SeekOrigin origin) => Position = offset;

        public override int Read(byte[] buffer, int offset, int count)
        {
            IsAny = true;
            return 0;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            IsAny = true;
            return new(0);
        }

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
