using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Content;

/// <summary>
/// How the answers of a route are compressed, with Brotli or gzip as the client takes it. WebSockets, event streams, parts of files and what is compressed
/// already are left as they are. Over TLS the length of a compressed answer tells of its content (BREACH): leave it off where an answer holds a secret
/// beside something that a stranger can put there.
/// </summary>
internal sealed record CompressionOptions
{
    /// <summary>The types of answers that are compressed. Default text, scripts, JSON, XML, SVG and WebAssembly: text/html, text/css, text/plain, text/xml, text/javascript, application/javascript, application/json, application/xml, application/manifest+json, image/svg+xml, application/wasm.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>The Content-Length in bytes from which on answers are compressed; those of unknown length always are. Default 512.</summary>
    [Range(0, 1 << 30)]
    public int MinLength { get; init; } = 512;

    /// <summary>How much work it is, from the fastest to the smallest. Default 4.</summary>
    [Range(1, 9)]
    public int Level { get; init; } = 4;
}
