using System.Net;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>The content of an answer, read from the connection that it comes by. One that is disposed of before its end closes that connection.</summary>
internal sealed class AnswerContent : HttpContent
{
    private Stream _body = Stream.Null;

    /// <summary>Before anyone reads.</summary>
    public void Begin(AnswerBody body) => _body = body;

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(_body);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _body.CopyToAsync(stream);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => _body.CopyToAsync(stream, cancellationToken);

    /// <summary>Where the length is known, it stands among the headers.</summary>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        _body.Dispose();
        base.Dispose(disposing);
    }
}
