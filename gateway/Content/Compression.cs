using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Content;

/// <summary>Compresses the answers of a route, by the platform's middleware with a route's own options.</summary>
internal sealed class Compression
{
    private static readonly string[] DefaultTypes =
    [
        "text/html", "text/css", "text/plain", "text/xml", "text/javascript", "application/javascript", "application/json", "application/xml",
        "application/manifest+json", "image/svg+xml", "application/wasm",
    ];

    /// <summary>The platform's class asks for a log and nothing else.</summary>
    private static readonly ServiceProvider Services = new ServiceCollection().AddLogging().BuildServiceProvider();

    private readonly Provider _provider;

    public Compression(CompressionOptions options)
    {
        var compression = new ResponseCompressionOptions { EnableForHttps = true, MimeTypes = options.Types ?? DefaultTypes };
        compression.Providers.Add(new Brotli(options.Level));
        compression.Providers.Add(new Gzip(options.Level));
        _provider = new Provider(options.MinLength, compression);
    }

    public RequestDelegate Then(RequestDelegate next)
    {
        var compressed = new ResponseCompressionMiddleware(next, _provider);
        return context =>
        {
            if (context.IsHandshake())
            {
                return next(context);
            }

            if (!_provider.CheckRequestAcceptsCompression(context))
            {
                // The platform says it only to those who take a compressed answer; caches have to know of the others as well (RFC 9110, section 12.5.5).
                context.Response.OnStarting(SayVary, context);
            }

            return compressed.Invoke(context);
        };
    }

    private Task SayVary(object state)
    {
        var context = (HttpContext)state;
        if (_provider.ShouldCompressResponse(context) && !context.Response.Headers.Vary.Contains(HeaderNames.AcceptEncoding))
        {
            context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        }

        return Task.CompletedTask;
    }

    /// <summary>What the platform's own leaves out: a least length, answers that may not be changed, event streams, and tags that say the same of other bytes.</summary>
    private sealed class Provider(int minLength, ResponseCompressionOptions options)
        : ResponseCompressionProvider(Services, Options.Create(options))
    {
        public override bool ShouldCompressResponse(HttpContext context)
        {
            var response = context.Response;
            return !(response.ContentLength < minLength)
                && !(response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) ?? false)
                && !response.Headers.CacheControl.ToString().Contains("no-transform", StringComparison.OrdinalIgnoreCase)
                && base.ShouldCompressResponse(context);
        }

        public override ICompressionProvider? GetCompressionProvider(HttpContext context)
        {
            var provider = base.GetCompressionProvider(context);
            if (provider is not null && context.Response.Headers.ETag is [{ } tag] && tag.StartsWith('"'))
            {
                // Other bytes than those that the tag was made for (RFC 9110, section 8.8.1).
                context.Response.Headers.ETag = $"W/{tag}";
                context.Response.Headers.Remove(HeaderNames.AcceptRanges);
            }

            return provider;
        }
    }

    private sealed class Brotli(int level) : ICompressionProvider
    {
        private readonly BrotliCompressionOptions _options = new() { Quality = level };

        public string EncodingName => "br";

        public bool SupportsFlush => true;

        public Stream CreateStream(Stream outputStream) => new BrotliStream(outputStream, _options, leaveOpen: true);
    }

    private sealed class Gzip(int level) : ICompressionProvider
    {
        private readonly ZLibCompressionOptions _options = new() { CompressionLevel = level };

        public string EncodingName => "gzip";

        public bool SupportsFlush => true;

        public Stream CreateStream(Stream outputStream) => new GZipStream(outputStream, _options, leaveOpen: true);
    }
}
