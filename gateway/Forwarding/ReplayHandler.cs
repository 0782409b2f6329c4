using System.Net;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Keeps small bodies of requests over HTTP/2 until they are answered: a destination that says GOAWAY has not looked at streams above the last one it
/// names, and the platform's client then sends them again (RFC 9113, section 6.8), for which it needs their bodies once more.
/// </summary>
internal sealed class ReplayHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>More than nearly all bodies of calls have, and nothing beside what a stream of HTTP/2 may have in flight.</summary>
    public const int MostBytes = 64 * 1024;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Version >= HttpVersion.Version20 && request.Content is { Headers.ContentLength: > 0 and <= MostBytes } content)
        {
            request.Content = new ReplayedContent(content);
        }

        return base.SendAsync(request, cancellationToken);
    }

    private sealed class ReplayedContent : HttpContent
    {
        private readonly HttpContent _content;
        private byte[]? _bytes;

        public ReplayedContent(HttpContent content)
        {
            _content = content;
            foreach (var (name, values) in content.Headers.NonValidated)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            // Read whole first: what was read of a body that a reset interrupts could not be read again.
            if (_bytes is null)
            {
                using var bytes = new MemoryStream((int)_content.Headers.ContentLength!.Value);
                await _content.CopyToAsync(bytes, context, cancellationToken);
                _bytes = bytes.ToArray();
            }

            await stream.WriteAsync(_bytes, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _content.Headers.ContentLength!.Value;
            return true;
        }
    }
}
