using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// The body of a request that is short and came with its head, as most forms and calls do. It is taken at once: no slow client can hold it up any more, and a destination
/// gets it with the head, in one write. Any other body is streamed.
/// </summary>
internal sealed class SmallBody
{
    /// <summary>What most forms and calls are shorter than, and what one record of TLS holds. So much memory at most is held for a request by this.</summary>
    public const int MostBytes = 16 << 10;

    private SmallBody(byte[] bytes) => Bytes = bytes;

    /// <summary>All of it.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>That of a request, where it was taken and is still the request's: one that became another, as for the page of an error, has none. Otherwise null.</summary>
    public static SmallBody? Of(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } ? context.Features.Get<SmallBody>() : null;

    /// <summary>Takes the body, which nobody has begun to read, and puts what was taken in its place. Null, and nothing is taken, when it is longer, or is not all there.</summary>
    /// <param name="context">That of the request.</param>
    /// <param name="mostBytes">How long it may be, where that is less than <see cref="MostBytes"/>.</param>
    /// <exception cref="BadHttpRequestException">The client has ended it before its time.</exception>
    public static SmallBody? TryTake(HttpContext context, int mostBytes = MostBytes)
    {
        var request = context.Request;

        // Who expects to be asked for the body has not sent it.
        if (request.ContentLength is not (> 0 and <= MostBytes and var length) || length > mostBytes || request.Headers.Expect.Count > 0 || !request.BodyReader.TryRead(out var read))
        {
            return null;
        }

        if (read.Buffer.Length < length)
        {
            request.BodyReader.AdvanceTo(read.Buffer.Start);
            return null;
        }

        var bytes = read.Buffer.ToArray();
        request.BodyReader.AdvanceTo(read.Buffer.End);
        var small = new SmallBody(bytes);
        context.Features.Set(small);
        request.Body = new MemoryStream(bytes, writable: false);
        return small;
    }
}
