using System.Net;
using Microsoft.AspNetCore.Http.Features;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// The content of an answer that has begun before the request's body was sent. The client is given the head while the content lets wait for
/// itself, and the end while the body goes on: it may be waiting for either before it sends more.
/// </summary>
internal sealed class EarlyAnswer : HttpContent
{
    private readonly HttpContent _content;
    private readonly Upload _upload;
    private readonly HttpContext _client;

    public EarlyAnswer(HttpContent content, Upload upload, HttpContext client)
    {
        (_content, _upload, _client) = (content, upload, client);
        foreach (var header in content.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(header.Key, header.Value);
        }
    }

    /// <summary>
    /// Ends an answer of HTTP/2 behind its trailers. Over HTTP/1.1 the server sends none, and the content ends it.
    /// </summary>
    public static Task EndAsync(HttpContext client, HttpResponseMessage? answer) =>
        answer?.Content is EarlyAnswer { _upload.IsUnderWay: true } ? client.Response.CompleteAsync() : Task.CompletedTask;

    protected override async Task<Stream> CreateContentReadStreamAsync() => new Content(this, await _content.ReadAsStreamAsync());

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) => new Content(this, await _content.ReadAsStreamAsync(cancellationToken));

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _content.CopyToAsync(stream, context);

    /// <summary>Where the length is known, it stands among the headers.</summary>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        _content.Dispose();
        base.Dispose(disposing);
    }

    private sealed class Content(EarlyAnswer answer, Stream inner) : AsyncStream
    {
        private bool _isHeadSent;

        public override bool CanWrite => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = inner.ReadAsync(buffer, cancellationToken);
            if (!read.IsCompleted && !_isHeadSent)
            {
                _isHeadSent = true;
                await answer._client.Response.Body.FlushAsync(cancellationToken);
            }

            var count = await read;
            if (count == 0 && buffer.Length > 0)
            {
                answer._upload.AnswerEnded();
                if (answer._upload.IsUnderWay && answer._client.Features.Get<IHttpResponseTrailersFeature>() is null)
                {
                    await answer._client.Response.CompleteAsync();
                }
            }

            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
