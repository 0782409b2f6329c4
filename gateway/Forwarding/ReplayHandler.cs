using System.Net;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Keeps small bodies of requests over HTTP/2 until they are answered: a destination that says GOAWAY has not looked at streams above the last one it
/// names, and the platform's client then sends them again (RFC 9113, section 6.8), for which it needs their bodies once more. So does the next destination when that
/// client does not reach the first one again. Of every body it takes down that sending has begun.
/// </summary>
internal sealed class ReplayHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>More than nearly all bodies of calls have, and nothing beside what a stream of HTTP/2 may have in flight.</summary>
    public const int MostBytes = 64 * 1024;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content)
        {
            var isKept = request.Version >= HttpVersion.Version20 && content.Headers.ContentLength is > 0 and <= MostBytes;
            request.Content = new ReplayedContent(content, SentBody.Of(request), isKept);
        }

        return base.SendAsync(request, cancellationToken);
    }

    private sealed class ReplayedContent : HttpContent
    {
        private readonly HttpContent _content;
        private readonly SentBody _sent;
        private readonly bool _isKept;

        public ReplayedContent(HttpContent content, SentBody sent, bool isKept)
        {
            (_content, _sent, _isKept) = (content, sent, isKept);
            foreach (var (name, values) in content.Headers.NonValidated)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            _sent.HasBegun = true;
            if (_isKept)
            {
                // Read whole first: what was read of a body that a reset interrupts could not be read again.
                _sent.Kept ??= await ReadAsync(context, cancellationToken);
                await stream.WriteAsync(_sent.Kept, cancellationToken);
            }
            else
            {
                await _content.CopyToAsync(stream, context, cancellationToken);
            }
        }

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

        private async Task<byte[]> ReadAsync(TransportContext? context, CancellationToken cancellation)
        {
            using var bytes = new MemoryStream((int)_content.Headers.ContentLength!.Value);
            await _content.CopyToAsync(bytes, context, cancellation);
            return bytes.ToArray();
        }
    }
}
