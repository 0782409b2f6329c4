using System.Globalization;
using Microsoft.Net.Http.Headers;
using Microsoft.Win32.SafeHandles;

namespace YarpWs.Gateway.Content;

/// <summary>
/// An open file on its way to a client, as the platform sends files: validators and their preconditions, one range of bytes (RFC 9110, sections 13 and 14). Read piece by piece on the pool,
/// so that its size costs no memory. One that has become shorter meanwhile ends the connection, or the client would take a part for the whole.
/// </summary>
internal sealed class SentFile : FileStream
{
    /// <summary>A file of this size and less is read in one go, which is less work than to come back for it.</summary>
    private const int MaxAtOnce = 64 << 10;

    private readonly HttpContext _context;
    private readonly long _length;

    private SentFile(SafeFileHandle handle, long length, HttpContext context)
        : base(handle, FileAccess.Read, bufferSize: 0) => (_length, _context) = (length, context);

    /// <summary>Runs on the pool until the answer begins.</summary>
    public static async Task WriteAsync(HttpContext context, SafeFileHandle handle, string type)
    {
        var length = RandomAccess.GetLength(handle);
        var modified = new DateTimeOffset(File.GetLastWriteTimeUtc(handle));
        var tag = new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{modified.ToUnixTimeSeconds():x}-{length:x}\""));
        if (length <= MaxAtOnce)
        {
            // The pool is where this runs already.
            var small = new byte[length];
            var count = ReadAll(handle, small);
            await TypedResults.Bytes(small.AsMemory(0, count), type, lastModified: modified, entityTag: tag, enableRangeProcessing: true).ExecuteAsync(context);
            return;
        }

        await using var file = new SentFile(handle, length, context);
        await TypedResults.Stream(file, type, lastModified: modified, entityTag: tag, enableRangeProcessing: true).ExecuteAsync(context);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await base.ReadAsync(buffer, cancellationToken);
        if (count == 0 && buffer.Length > 0 && Position < _length)
        {
            _context.Abort();
        }

        return count;
    }

    private static int ReadAll(SafeFileHandle handle, Span<byte> bytes)
    {
        var read = 0;
        while (read < bytes.Length && RandomAccess.Read(handle, bytes[read..], read) is > 0 and var count)
        {
            read += count;
        }

        return read;
    }
}
