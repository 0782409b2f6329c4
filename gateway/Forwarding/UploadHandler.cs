using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Sends requests that have a body to destinations of HTTP/1.1 so that body and answer go on beside each other, as <see cref="Upload"/> says. The
/// platform's client alone would read nothing of an answer before the body is sent, and take a destination that answers and closes for one that
/// fails. Where HTTP/2 may be spoken it does all of it by itself, and is only kept from gathering small pieces. What has no body goes to the inner handler.
/// </summary>
/// <param name="inner">For all but uploads.</param>
/// <param name="uploads">Has <see cref="UploadConnection"/>s. Disposed with this.</param>
/// <param name="time">Measures how long a body is read that the destination does not take.</param>
internal sealed class UploadHandler(HttpMessageHandler inner, HttpMessageHandler uploads, TimeProvider time) : DelegatingHandler(inner)
{
    /// <summary>Each try that meets a connection on which another upload is under way takes that connection out of the client's hands.</summary>
    private const int MaxTries = 16;

    private readonly HttpMessageInvoker _uploads = new(uploads, disposeHandler: true);

    /// <summary>The client's request, which the answer is passed on to.</summary>
    public static HttpRequestOptionsKey<HttpContext> Client { get; } = new("yarpws.client");

    /// <summary>Has the connections of a client made for uploads.</summary>
    public static void Prepare(SocketsHttpHandler uploads) => uploads.PlaintextStreamFilter = static (connection, _) => ValueTask.FromResult<Stream>(new UploadConnection(connection.PlaintextStream));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not { Headers.ContentLength: not 0 } content)
        {
            return base.SendAsync(request, cancellationToken);
        }

        if (IsHttp11(request))
        {
            return UploadAsync(request, new Upload(content, SentBody.Of(request), time), cancellationToken);
        }

        request.Content = new PromptContent(content);
        return base.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        _uploads.Dispose();
        base.Dispose(disposing);
    }

    private async Task<HttpResponseMessage> UploadAsync(HttpRequestMessage request, Upload upload, CancellationToken cancellation)
    {
        request.Content = upload;
        request.Headers.TransferEncodingChunked = true;
        for (var tried = 1; ; tried++)
        {
            try
            {
                var answer = await _uploads.SendAsync(request, cancellation);
                if (upload.IsUnderWay && request.Options.TryGetValue(Client, out var client))
                {
                    upload.AnswerBegun(answer);
                    answer.Content = new EarlyAnswer(answer.Content, upload, client);
                }

                return answer;
            }
            catch (HttpRequestException exception) when (tried < MaxTries && ConnectionTakenException.IsIn(exception))
            {
                // Nothing was sent, and nothing of the body read.
            }
        }
    }

    /// <summary>Whether nothing else can be spoken; over a connection without TLS nothing else is agreed upon.</summary>
    private static bool IsHttp11(HttpRequestMessage request) => request.Version.Major == 1
        ? request.VersionPolicy != HttpVersionPolicy.RequestVersionOrHigher || request.RequestUri?.Scheme == Uri.UriSchemeHttp
        : request.VersionPolicy == HttpVersionPolicy.RequestVersionOrLower && request.RequestUri?.Scheme == Uri.UriSchemeHttp;
}
