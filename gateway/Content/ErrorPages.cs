using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Content;

/// <summary>Puts a route's pages in the place of errors: of the gateway's own, and of destinations where a page says so. An error's own body is read and dropped.</summary>
internal sealed class ErrorPages(IReadOnlyList<ErrorPage> pages, string directory, InternalRedirects redirects)
{
    /// <summary>What of an error's head a client needs all the same.</summary>
    private static readonly string[] Kept = [HeaderNames.WWWAuthenticate, HeaderNames.RetryAfter, HeaderNames.Allow];

    /// <summary>What asks for a part of a representation, or for none that is known: the page is another one.</summary>
    private static readonly string[] Conditions = [HeaderNames.IfMatch, HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince, HeaderNames.IfUnmodifiedSince, HeaderNames.IfRange, HeaderNames.Range];

    private readonly RequestText?[] _paths = [.. pages.Select(page => page.Path is null ? null : RequestText.Parse(page.Path))];
    private readonly RequestText?[] _locations = [.. pages.Select(page => page.Location is null ? null : RequestText.Parse(HeaderText.Of(page.Location)))];

    public RequestDelegate Then(RequestDelegate next) => async context =>
    {
        // A page does not stand for the error of a page.
        if (context.IsHandshake() || context.Features.Get<InternalRedirect>() is { IsErrorPage: true })
        {
            await next(context);
            return;
        }

        var client = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var isWritten = false;
        var answer = new HeldAnswer(client, () => Find(context) is not null, () => WriteAtOnceAsync(context));
        context.Features.Set<IHttpResponseBodyFeature>(answer);
        try
        {
            await next(context);
            await answer.EndAsync();
        }
        finally
        {
            context.Features.Set(client);
        }

        if (!isWritten)
        {
            await WriteAtOnceAsync(context);
        }

        async Task WriteAtOnceAsync(HttpContext refused)
        {
            isWritten = true;
            refused.Features.Set(client);
            if (!refused.Response.HasStarted && !refused.RequestAborted.IsCancellationRequested && Find(refused) is { } index)
            {
                await WriteAsync(refused, index);
            }
        }
    };

    private int? Find(HttpContext context)
    {
        var status = context.Response.StatusCode;
        if (status < StatusCodes.Status300MultipleChoices)
        {
            return null;
        }

        var isOfDestination = context.Features.Get<IReverseProxyFeature>()?.ProxiedDestination is not null && context.GetForwarderErrorFeature() is null;
        for (var index = 0; index < pages.Count; index++)
        {
            if (pages[index].Statuses!.Contains(status) && (!isOfDestination || pages[index].OfDestinations))
            {
                return index;
            }
        }

        return null;
    }

    private async Task WriteAsync(HttpContext context, int index)
    {
        var (page, response) = (pages[index], context.Response);
        var status = page.Status ?? response.StatusCode;
        var kept = Kept.Select(name => (name, response.Headers[name])).Where(header => header.Item2.Count > 0).ToList();
        response.Headers.Clear();
        foreach (var (name, values) in kept)
        {
            response.Headers[name] = values;
        }

        foreach (var name in Conditions)
        {
            context.Request.Headers.Remove(name);
        }

        if (_locations[index] is { } location)
        {
            response.StatusCode = page.Status ?? StatusCodes.Status302Found;
            response.Headers.Location = location.Of(context);
        }
        else if (_paths[index]?.Of(context) is { } path)
        {
            var method = context.Request.Method;
            response.StatusCode = StatusCodes.Status200OK;
            if (!path.StartsWith('@'))
            {
                PageRequest.MakeGet(context);
            }

            await redirects.RunAsync(context, path, page.PageStatus ? null : status, isErrorPage: true);

            // For the log, which says what the client asked for.
            context.Request.Method = method;
        }
        else
        {
            response.StatusCode = status;
            await SendFileAsync(context, Path.GetFullPath(page.File!, directory));
        }
    }

    private static async Task SendFileAsync(HttpContext context, string name)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var status = context.Response.StatusCode;
        if (new FileTree(name, FileLinks.Anywhere, dotFiles: true).Open("", out var handle) != FileOutcome.Found)
        {
            // What would have been said without a page.
            await Refusal.WriteAsync(context, status, $"{ReasonPhrases.GetReasonPhrase(status)}.");
            return;
        }

        using (handle)
        {
            var method = context.Request.Method;
            PageRequest.MakeGet(context);
            await SentFile.WriteAsync(context, handle!, FileTypes.Find(name) ?? "text/html");
            context.Request.Method = method;
        }
    }

    /// <summary>What an answer is written to until it is known whether a page stands in its place. Then the client gets it, or nobody.</summary>
    private sealed class HeldAnswer(IHttpResponseBodyFeature client, Func<bool> isReplaced, Func<Task> replace) : AsyncStream, IHttpResponseBodyFeature
    {
        private bool? _isDropped;
        private PipeWriter? _writer;

        public Stream Stream => this;

        public PipeWriter Writer => _writer ??= PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true));

        private bool IsDropped => _isDropped ??= isReplaced();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            IsDropped ? ValueTask.CompletedTask : client.Stream.WriteAsync(buffer, cancellationToken);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        /// <summary>What was written and not flushed is written at the end, as the server has it.</summary>
        public async ValueTask EndAsync()
        {
            if (_writer is not null)
            {
                await _writer.FlushAsync();
            }
        }

        public void DisableBuffering() => client.DisableBuffering();

        public Task StartAsync(CancellationToken cancellationToken = default) => IsDropped ? Task.CompletedTask : client.StartAsync(cancellationToken);

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            IsDropped ? Task.CompletedTask : client.SendFileAsync(path, offset, count, cancellationToken);

        /// <summary>Who asks for this has more to do, and the client is not to wait for it.</summary>
        public async Task CompleteAsync()
        {
            if (IsDropped)
            {
                await replace();
            }

            await client.CompleteAsync();
        }
    }
}
