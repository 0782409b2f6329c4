using System.Net;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Handshakes;

/// <summary>What follows a 101: the connection itself, closed with the answer unless it was taken.</summary>
internal sealed class AcceptedContent(LoopStream connection) : HttpContent
{
    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(connection);

    /// <exception cref="NotSupportedException">It has no end.</exception>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new NotSupportedException();

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        connection.Dispose();
        base.Dispose(disposing);
    }
}
