using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>
/// Sends requests to destinations of plain HTTP/1.1 by connections of the event loops. A request of a client whose connection is in a loop is sent and answered in that
/// loop, without a hop to another thread: one write and one read for a small exchange.
/// </summary>
/// <remarks>
/// <para>It fails as the platform's client does: with <see cref="HttpRequestException"/>, or with <see cref="OperationCanceledException"/> where it was cancelled or the
/// destination took too long to accept or to begin its answer. Who is told of failures, health, trials and logs, need not know which of both it was.</para>
/// <para>A connection is used again when its answer was read to the end, the request's body was sent, neither said otherwise, and nothing came behind the answer. When one
/// that was kept turns out to have ended before anything of the answer, a request that may be asked twice (RFC 9110, section 9.2.2) and has no body is sent once more, on
/// a new connection; for any other the system is asked first whether the connection has ended.</para>
/// <para>What it does not do goes to the inner handler: TLS, other versions, upgrades, requests that wait to be told to send their body.</para>
/// </remarks>
/// <param name="inner">Takes what is not done here.</param>
/// <param name="descriptors">Say whether one more may be opened.</param>
/// <param name="connector">Makes them.</param>
/// <param name="kept">Keeps them, and says how long a destination may take to begin its answer to a request without a body. Disposed with this.</param>
/// <param name="maxHeaderBytes">Most bytes that the head of an answer may have, and its trailers.</param>
internal sealed class Http1Client(
    HttpMessageHandler inner, Descriptors descriptors, DestinationConnector connector, KeptConnections kept, int maxHeaderBytes)
    : DelegatingHandler(inner)
{
    /// <summary>What only the platform's client does, and what this one says itself.</summary>
    private static readonly string[] OfOthers = ["Upgrade", "Expect", "Connection", "Transfer-Encoding"];

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!IsDoneHere(request))
        {
            return base.SendAsync(request, cancellationToken);
        }

        var upload = request.Content is { Headers.ContentLength: not 0 } content ? new Upload(content, SentBody.Of(request), kept.Time) : null;
        return RequestHead.Write(request, upload?.Framing ?? (request.Content is null ? null : RequestHead.NoContent)) is { } head ? SendAsync(request, head, upload, cancellationToken) : base.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        kept.Dispose();
        base.Dispose(disposing);
    }

    private static bool IsDoneHere(HttpRequestMessage request)
    {
        if (request.RequestUri is not { } uri || uri.Scheme != Uri.UriSchemeHttp || !IsHttp11(request) || request.Method == HttpMethod.Connect)
        {
            return false;
        }

        var headers = request.Headers.NonValidated;
        foreach (var name in OfOthers)
        {
            if (headers.Contains(name))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Over a connection without TLS nothing newer is agreed upon, but where it must be.</summary>
    private static bool IsHttp11(HttpRequestMessage request) => request.Version is { Major: 1, Minor: 1 } || (request.Version.Major > 1 && request.VersionPolicy == HttpVersionPolicy.RequestVersionOrLower);

    private static bool MayBeAskedTwice(HttpMethod method) => method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options
        || method == HttpMethod.Put || method == HttpMethod.Delete || method == HttpMethod.Trace;

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, byte[] head, Upload? upload, CancellationToken cancellation)
    {
        var begunAt = kept.Metrics.AreDurationsMeasured ? kept.Time.GetTimestamp() : 0;
        try
        {
            var answer = await ExchangeAsync(request, head, upload, cancellation);
            if (begunAt != 0)
            {
                kept.Metrics.Answered(kept.Time.GetElapsedTime(begunAt), (int)answer.StatusCode);
            }

            return answer;
        }
        catch (Exception exception) when (begunAt != 0)
        {
            kept.Metrics.Failed(kept.Time.GetElapsedTime(begunAt), exception);
            throw;
        }
    }

    private async ValueTask<HttpResponseMessage> ExchangeAsync(HttpRequestMessage request, byte[] head, Upload? upload, CancellationToken cancellation)
    {
        var destination = request.RequestUri!;
        var mayBeAskedTwice = upload is null && MayBeAskedTwice(request.Method);
        var connection = kept.Take(destination, asksSystem: !mayBeAskedTwice, out var shelf);
        while (true)
        {
            connection ??= shelf.Add(await connector.ConnectAsync(destination, shelf.Loop, IsProbe(request) ? null : descriptors, cancellation));
            try
            {
                return await ExchangeAsync(connection, request, head, upload, cancellation);
            }
            catch (Exception exception)
            {
                connection.Close();
                switch (exception)
                {
                    case IOException or ObjectDisposedException when connection.IsLate:
                        throw new TaskCanceledException(exception.Message, new FirstByteTimeoutException(kept.FirstByteTimeout), CancellationToken.None);
                    case IOException or ObjectDisposedException when connection is { WasKept: true, HasAnswerBegun: false } && mayBeAskedTwice && !cancellation.IsCancellationRequested:
                        connection = null;
                        continue;
                    case HttpIOException { HttpRequestError: var error }:
                        throw new HttpRequestException(error, exception.Message, exception);
                    case IOException or ObjectDisposedException:
                        throw new HttpRequestException("The connection to the destination has failed.", exception);
                }

                throw;
            }
        }
    }

    private async ValueTask<HttpResponseMessage> ExchangeAsync(DestinationConnection connection, HttpRequestMessage request, byte[] head, Upload? upload, CancellationToken cancellation)
    {
        connection.Begin(hasUpload: upload is not null);
        await connection.SendAsync(head, cancellation);
        upload?.Begin(connection);

        var answerHead = new AnswerHead(request.Method, maxHeaderBytes);
        await connection.ReadHeadAsync(answerHead, isTimed: request.Content is null, cancellation);
        var answer = answerHead.Answer;
        answer.RequestMessage = request;
        ((AnswerContent)answer.Content).Begin(new AnswerBody(connection, answerHead, maxHeaderBytes));
        if (upload is { IsUnderWay: true } && request.Options.TryGetValue(UploadHandler.Client, out var client))
        {
            answer.Content = new EarlyAnswer(answer.Content, upload, client);
        }

        return answer;
    }

    private static bool IsProbe(HttpRequestMessage request) => request.Options.TryGetValue(Probes.Mark, out _);
}
