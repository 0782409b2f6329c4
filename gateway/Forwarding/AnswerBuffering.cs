using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Takes answers from destinations as fast as those give them, where a route asks for it, and keeps what the client has not taken yet (nginx's
/// proxy_buffering): a destination that can do few things at a time is not held by a slow client. The client is given what there is at once.
/// </summary>
internal sealed class AnswerBuffering(RequestDelegate next, RouteBodySettings settings, DiskReport disk)
{
    public Task InvokeAsync(HttpContext context) =>
        settings.Of(context.GetReverseProxyFeature().Route) is { BufferAnswers: true } options && !context.IsHandshake() ? BufferAsync(context, options) : next(context);

    private async Task BufferAsync(HttpContext context, BodyOptions options)
    {
        var client = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        await using var buffer = new SpillBuffer(options.BufferMemoryBytes, options.BufferFileBytes, TemporaryFile.DirectoryOf(options.BufferDirectory), disk.Failed);
        var answer = new BufferedAnswer(client, buffer, context.RequestAborted);
        context.Features.Set<IHttpResponseBodyFeature>(answer);
        try
        {
            await next(context);
        }
        finally
        {
            context.Features.Set(client);
            await answer.DrainAsync();
        }
    }

    /// <summary>What an answer is written to in the client's place.</summary>
    private sealed class BufferedAnswer : AsyncStream, IHttpResponseBodyFeature
    {
        private const int ReadBytes = 64 << 10;

        private readonly IHttpResponseBodyFeature _client;
        private readonly SpillBuffer _buffer;
        private readonly CancellationToken _aborted;
        private Task? _passing;

        public BufferedAnswer(IHttpResponseBodyFeature client, SpillBuffer buffer, CancellationToken aborted)
        {
            (_client, _buffer, _aborted) = (client, buffer, aborted);
            Writer = PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true));
        }

        public override bool CanRead => false;

        public Stream Stream => this;

        public PipeWriter Writer { get; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_passing is null)
            {
                // From here on the answer has begun for all who ask.
                await _client.StartAsync(cancellationToken);
                _passing = PassAsync();
            }

            await _buffer.WriteAsync(buffer, cancellationToken);
        }

        public void DisableBuffering() => _client.DisableBuffering();

        public Task StartAsync(CancellationToken cancellationToken = default) => _client.StartAsync(cancellationToken);

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            SendFileFallback.SendFileAsync(this, path, offset, count, cancellationToken);

        public async Task CompleteAsync()
        {
            await Writer.CompleteAsync();
            await DrainAsync();
            await _client.CompleteAsync();
        }

        /// <summary>Ends when the client has all of it, or has gone.</summary>
        public async Task DrainAsync()
        {
            _buffer.Complete();
            await (_passing ?? Task.CompletedTask);
        }

        private async Task PassAsync()
        {
            var buffer = new byte[ReadBytes];
            try
            {
                while (await _buffer.ReadAsync(buffer, _aborted) is { IsEmpty: false } bytes)
                {
                    await _client.Stream.WriteAsync(bytes, _aborted);
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // The client has gone: what is aborted with it ends the writing too.
            }
        }
    }
}
