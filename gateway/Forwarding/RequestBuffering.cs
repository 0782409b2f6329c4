using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Takes the whole body of a request before a destination is asked, where a route asks for it (nginx's proxy_request_buffering): a destination that can do
/// few things at a time is not held by a slow client. It is told how long the body is, also where the client has sent it in chunks.
/// </summary>
internal sealed class RequestBuffering(RequestDelegate next, RouteBodySettings settings, DiskReport disk)
{
    private const int RetryAfterSeconds = 5;

    public Task InvokeAsync(HttpContext context) =>
        settings.Of(context.GetReverseProxyFeature().Route) is { BufferRequests: true } options && !context.IsHandshake()
        && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && SmallBody.Of(context) is null
            ? BufferAsync(context, options)
            : next(context);

    private async Task BufferAsync(HttpContext context, BodyOptions options)
    {
        var request = context.Request;
        var source = new Source(request.Body);
        await using var body = new FileBufferingReadStream(source, options.BufferMemoryBytes, bufferLimit: null, TemporaryFile.DirectoryOf(options.BufferDirectory));
        try
        {
            await body.DrainAsync(context.RequestAborted);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode is StatusCodes.Status408RequestTimeout or StatusCodes.Status413PayloadTooLarge)
        {
            // RequestBodyBounds has found that, and answers.
            return;
        }
        catch (Exception exception) when (!source.HasFailed && exception is IOException or UnauthorizedAccessException)
        {
            disk.Failed(exception);
            context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
            await Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The gateway has no room for the body of this request now.", RefusalReason.Limit);
            return;
        }

        body.Position = 0;
        request.Body = body;
        request.Headers.Remove(HeaderNames.TransferEncoding);
        request.ContentLength = body.Length;
        await next(context);
    }

    /// <summary>The client's body. What follows a read may go to a file, and never runs on a loop.</summary>
    private sealed class Source(Stream client) : AsyncStream
    {
        public override bool CanWrite => false;

        public bool HasFailed { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                var count = await client.ReadAsync(buffer, cancellationToken);
                if (EventLoop.Current is not null)
                {
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                }

                return count;
            }
            catch
            {
                HasFailed = true;
                throw;
            }
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
