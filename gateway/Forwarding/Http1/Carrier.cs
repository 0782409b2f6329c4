using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>
/// Carries plain requests without a body, or with a small one, to destinations of plain HTTP/1.1, in the place of the proxy's forwarder, and their answers back: by connections of the event
/// loops, and without an HttpRequestMessage or an HttpResponseMessage. A request of a client whose connection is in a loop is sent and answered in that loop: one write and
/// one read for a small exchange.
/// </summary>
/// <remarks>
/// <para>It reports as the forwarder does, in IForwarderErrorFeature and by the status: who is told of failures, health, trials and logs, need not know which of both it
/// was.</para>
/// <para>What it does not do goes to the forwarder: bodies of requests that are streamed, upgrades, TLS, other versions, transforms that it does not know, and heads that the platform's
/// client judges (<see cref="OutgoingRequest"/>).</para>
/// <para>A connection is used again when its answer was read to the end, the head did not say otherwise, and nothing came behind the answer. When one that was kept turns
/// out to have ended before anything of the answer, a request that may be asked twice is sent once more, on a new connection; for any other the system is asked first
/// whether the connection has ended.</para>
/// </remarks>
/// <param name="forwarder">Takes what is not done here.</param>
/// <param name="clients">Know which clusters' destinations are asked here.</param>
/// <param name="routes">Know what is to be done with requests and answers.</param>
/// <param name="time">Measures how long a client may take none of its answer.</param>
/// <param name="loggers">Failures are told in the forwarder's category.</param>
internal sealed class Carrier(IHttpForwarder forwarder, DestinationClients clients, CarriedRoutes routes, TimeProvider time, ILoggerFactory loggers) : IHttpForwarder
{
    /// <summary>The forwarder's own.</summary>
    private static readonly TimeSpan DefaultActivityTimeout = TimeSpan.FromSeconds(100);

    private readonly ILogger _logger = loggers.CreateLogger("Yarp.ReverseProxy.Forwarder.HttpForwarder");

    /// <summary>Behind the proxy's own registrations.</summary>
    public static void Add(IServiceCollection services)
    {
        var theirs = services.Last(service => service.ServiceType == typeof(IHttpForwarder)).ImplementationType!;
        services.AddSingleton<IHttpForwarder>(provider => ActivatorUtilities.CreateInstance<Carrier>(provider, (IHttpForwarder)ActivatorUtilities.CreateInstance(provider, theirs)));
    }

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer) =>
        SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled && IsPlain(context) && IsHttp11(requestConfig) && clients.KeptOf(httpClient) is { } kept
            && routes.Of(context.GetReverseProxyFeature().Route.Config) is { } route && kept.Find(destinationPrefix) is { } destination
            && OutgoingRequest.Write(context, route, destination) is { } request)
        {
            if (requestConfig.AllowResponseBuffering != true)
            {
                context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            }

            var exchange = new Exchange(kept, destination, request.HasBody ? null : kept.FirstByteTimeout, requestConfig.ActivityTimeout ?? DefaultActivityTimeout, context.RequestAborted);
            return CarryAsync(context, request, exchange, route, kept);
        }

        return forwarder.SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
    }

    private static bool IsPlain(HttpContext context) => (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } || SmallBody.Of(context) is not null)
        && context.Request.Headers.Upgrade.Count == 0 && !HttpMethods.IsConnect(context.Request.Method) && !context.IsHandshake()
        && !context.Response.HasStarted && context.Response.StatusCode == StatusCodes.Status200OK;

    /// <summary>Over a connection without TLS nothing newer is agreed upon, but where it must be. Without settings the forwarder asks for 2 or lower.</summary>
    private static bool IsHttp11(ForwarderRequestConfig config)
    {
        var version = config.Version ?? HttpVersion.Version20;
        return version == HttpVersion.Version11 || (version.Major > 1 && config.VersionPolicy is null or HttpVersionPolicy.RequestVersionOrLower);
    }

    private async ValueTask<ForwarderError> CarryAsync(HttpContext context, OutgoingRequest request, Exchange exchange, CarriedRoute route, KeptConnections kept)
    {
        DestinationConnection connection;
        var begunAt = kept.Time.GetTimestamp();
        try
        {
            connection = await exchange.SendAsync(request);
            kept.Metrics.Answered(kept.Time.GetElapsedTime(begunAt), connection.Head.Status);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            kept.Metrics.Failed(kept.Time.GetElapsedTime(begunAt), exception);
            return Fail(context, route, exception);
        }
        finally
        {
            request.Dispose();
        }

        try
        {
            PassHead(context, connection.Head);
            if (!route.Change(context, connection.Head.Status))
            {
                Drop(connection);
                return ForwarderError.None;
            }
        }
        catch (Exception exception)
        {
            // Whatever it is that a transform or the server does not take of the answer.
            Free(connection.EndAnswer());
            return Report(context, ForwarderError.ResponseHeaders, exception);
        }

        return await PassBodyAsync(context, connection, exchange);
    }

    private ForwarderError Fail(HttpContext context, CarriedRoute route, Exception exception)
    {
        var (error, status) = context.RequestAborted.IsCancellationRequested ? (ForwarderError.RequestCanceled, StatusCodes.Status400BadRequest)
            : exception is OperationCanceledException ? (ForwarderError.RequestTimedOut, StatusCodes.Status504GatewayTimeout)
            : (ForwarderError.Request, StatusCodes.Status502BadGateway);
        Note(context, error, exception);
        context.Response.StatusCode = status;
        route.ChangeFailure(context);
        return error;
    }

    private static void PassHead(HttpContext context, AnswerHead head)
    {
        var response = context.Response;
        response.StatusCode = head.Status;
        if (head.Reason is { } reason && context.Request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal))
        {
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
        }

        var headers = response.Headers;
        foreach (var (name, value) in head.Fields)
        {
            if (!OutgoingRequest.IsOfOneHop(name))
            {
                Add(headers, name, value);
            }
        }

        if (head.Length is { } length)
        {
            headers.ContentLength = length;
        }
    }

    private static void Add(IHeaderDictionary headers, string name, string value)
    {
        var before = headers[name];
        if (before.Count == 0)
        {
            headers[name] = value;
        }
        else if (!name.Equals(HeaderNames.StrictTransportSecurity, StringComparison.OrdinalIgnoreCase))
        {
            headers[name] = StringValues.Concat(before, value);
        }
    }

    /// <summary>What nobody wants and has come already keeps the connection from no other request.</summary>
    private static void Drop(DestinationConnection connection)
    {
        try
        {
            while (!connection.Body.IsEnded && connection.Body.TryTake(out _))
            {
            }
        }
        catch (HttpIOException)
        {
            // Nobody wants to know either; the connection is closed.
        }

        Free(connection.EndAnswer());
    }

    private async ValueTask<ForwarderError> PassBodyAsync(HttpContext context, DestinationConnection connection, Exchange exchange)
    {
        var body = connection.Body;
        var (isOver, isWriting) = (false, false);
        byte[]? buffer = null;
        try
        {
            while (!isOver)
            {
                ReadOnlyMemory<byte> piece;
                while (!body.TryTake(out piece))
                {
                    await exchange.ReadMoreAsync(connection);
                }

                if (body.IsEnded)
                {
                    PassTrailers(context, body);
                    isOver = true;
                    buffer = connection.EndAnswer();
                }

                if (!piece.IsEmpty)
                {
                    isWriting = true;
                    await WriteAsync(context, piece, exchange);
                    isWriting = false;
                }
            }

            return ForwarderError.None;
        }
        catch (Exception exception)
        {
            // Whatever it is that a reader above the server's own does not take: the connection is given back, and the client must not take a part for the whole.
            if (!isOver)
            {
                buffer = connection.EndAnswer();
            }

            // A client that took nothing was cut off here, and its request is cancelled by that.
            var isCancelled = exchange.IsCancelled && exception is not TimeoutException;
            return Report(
                context,
                isCancelled ? ForwarderError.ResponseBodyCanceled : isWriting ? ForwarderError.ResponseBodyClient : ForwarderError.ResponseBodyDestination,
                exception);
        }
        finally
        {
            Free(buffer);
        }
    }

    private static void PassTrailers(HttpContext context, AnswerBody body)
    {
        if (body.Trailers.Length > 0 && context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { IsReadOnly: false } trailers)
        {
            foreach (var (name, value) in body.Trailers)
            {
                if (!OutgoingRequest.IsOfOneHop(name))
                {
                    Add(trailers, name, value);
                }
            }
        }
    }

    /// <summary>Nearly always the server takes it at once.</summary>
    private ValueTask WriteAsync(HttpContext context, ReadOnlyMemory<byte> piece, Exchange exchange)
    {
        var writing = context.Response.Body.WriteAsync(piece, exchange.Aborted);
        return writing.IsCompletedSuccessfully ? writing : new ValueTask(WaitAsync(context, writing.AsTask(), exchange.Timeout));
    }

    private async Task WaitAsync(HttpContext context, Task writing, TimeSpan timeout)
    {
        try
        {
            await writing.WaitAsync(timeout, time);
        }
        catch (TimeoutException)
        {
            // The client takes nothing. The buffer is needed until the write has ended, as it does now.
            Reset(context, isCancelled: false);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>An answer that has not begun gives way to a refusal; one that has is cut off, so that no part of it is taken for the whole.</summary>
    private ForwarderError Report(HttpContext context, ForwarderError error, Exception exception)
    {
        Note(context, error, exception);
        if (context.Response.HasStarted)
        {
            Reset(context, error == ForwarderError.ResponseBodyCanceled);
        }
        else
        {
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
        }

        return error;
    }

    private void Note(HttpContext context, ForwarderError error, Exception exception)
    {
        context.Features.Set<IForwarderErrorFeature>(new Failure(error, exception));
        if (error is ForwarderError.RequestCanceled or ForwarderError.ResponseBodyCanceled)
        {
            _logger.ExchangeCancelled(error, exception);
        }
        else
        {
            _logger.ExchangeFailed(error, exception);
        }
    }

    /// <summary>By a reset of the stream over HTTP/2 and 3 (RFC 9113, section 7).</summary>
    private static void Reset(HttpContext context, bool isCancelled)
    {
        const int Cancelled = 8;
        const int InternalError = 2;
        if (context.Features.Get<IHttpResetFeature>() is { } stream)
        {
            stream.Reset(isCancelled ? Cancelled : InternalError);
        }
        else
        {
            context.Abort();
        }
    }

    private static void Free(byte[]? buffer)
    {
        if (buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private sealed record Failure(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature;
}
