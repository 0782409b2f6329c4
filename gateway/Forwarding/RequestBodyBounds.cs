using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Bounds the body of a request that is forwarded: its size, by Content-Length before a destination is asked, and the pauses of the client. A
/// body that is refused is read all the same for a while, because a connection that is closed with bytes unread is reset, and the client
/// would not see the answer (RFC 9112, section 9.6).
/// </summary>
internal sealed class RequestBodyBounds(RequestDelegate next, RouteBodySettings settings, TimeProvider time)
{
    /// <summary>How long a refused body is read: nginx's lingering_time and lingering_timeout.</summary>
    private static readonly TimeSpan LingeringTime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LingeringPause = TimeSpan.FromSeconds(5);

    public Task InvokeAsync(HttpContext context)
    {
        var route = context.GetReverseProxyFeature().Route;
        var options = settings.Of(route);
        if (options.SendTimeout != settings.General.SendTimeout && HttpProtocol.IsHttp11(context.Request.Protocol)
            && context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = BodyOptions.SendRate(options.SendTimeout);
        }

        return context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && !context.IsHandshake()
            ? ForwardAsync(context, route.Config.MaxRequestBodySize, options)
            : next(context);
    }

    private async Task ForwardAsync(HttpContext context, long? limitOfRoute, BodyOptions options)
    {
        var request = context.Request;
        var body = request.Body;
        var size = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        long? limit = limitOfRoute is { } own ? (own < 0 ? null : own) : size?.MaxRequestBodySize;

        if (options.BufferRequests)
        {
            var room = options.BufferMemoryBytes + options.BufferFileBytes;
            limit = limit < room ? limit : room;
        }

        // From here on it is bounded here alone.
        if (size is { IsReadOnly: false })
        {
            size.MaxRequestBodySize = null;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        if (request.ContentLength > limit)
        {
            // A client that waits to be told to send its body has nothing to send now.
            await RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, limit, request.Headers.Expect.Count > 0 ? null : body);
            return;
        }

        var small = SmallBody.TryTake(context, options.BufferRequests ? options.BufferMemoryBytes : SmallBody.MostBytes);
        await using var bounded = small is null ? new BoundedBody(body, limit, options.ReceiveTimeout, time) : null;
        context.Features.Set<IHttpMaxRequestBodySizeFeature>(new RequestBodyLimit(limit));
        if (bounded is not null)
        {
            request.Body = bounded;
        }

        try
        {
            await next(context);
        }
        finally
        {
            request.Body = body;
            context.Features.Set(size);
        }

        if (bounded is not null && bounded.Fault != 0 && !context.Response.HasStarted)
        {
            await RefuseAsync(context, bounded.Fault, limit, bounded.Fault == StatusCodes.Status413PayloadTooLarge ? body : null);
        }
    }

    private async Task RefuseAsync(HttpContext context, int status, long? limit, Stream? unread)
    {
        var isHttp11 = HttpProtocol.IsHttp11(context.Request.Protocol);
        if (isHttp11)
        {
            context.Response.Headers.Connection = "close";
        }

        await Refusal.WriteAsync(context, status, status == StatusCodes.Status413PayloadTooLarge
            ? $"A request body may have {limit} bytes here."
            : "The rest of the request body did not come in time.");
        await context.Response.CompleteAsync();
        if (isHttp11 && unread is not null)
        {
            await ReadAwayAsync(context, unread);
        }
    }

    private async Task ReadAwayAsync(HttpContext context, Stream unread)
    {
        using var end = new CancellationTokenSource(LingeringTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, context.RequestAborted);
        await using var paced = new BoundedBody(unread, limit: null, LingeringPause, time);
        var buffer = ArrayPool<byte>.Shared.Rent(16 << 10);
        try
        {
            while (await paced.ReadAsync(buffer, either.Token) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // It was given its time, or has gone. What it does not get now it would not get later either.
            context.Abort();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
