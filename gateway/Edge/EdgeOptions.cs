using System.ComponentModel.DataAnnotations;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Edge;

/// <summary>What one client may ask of the public listeners. Section <c>Edge</c>.</summary>
internal sealed record EdgeOptions
{
    public const string Section = "Edge";

    /// <summary>Connections open at once on one listener; a further one is closed unanswered. An upgraded connection no longer counts. Fewer are let in where the limit of open files is lower, which is told at the start. Default 100,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxConnections { get; init; } = 100_000;

    /// <summary>Largest request body in bytes; a larger one is answered 413. A route's MaxRequestBodySize overrides it. Default 4 MiB.</summary>
    [Range(0, 1L << 40)]
    public long MaxRequestBodyBytes { get; init; } = 4 << 20;

    /// <summary>Longest request line in bytes; a longer one is answered 414. Default 8 KiB, as with nginx.</summary>
    [Range(1 << 10, 1 << 20)]
    public int MaxRequestLineBytes { get; init; } = 8 << 10;

    /// <summary>Most request headers; more are answered 431. Default 1,000: nginx has no bound of its own, and one bounds what each costs beside its bytes.</summary>
    [Range(10, 10_000)]
    public int MaxRequestHeaders { get; init; } = 1000;

    /// <summary>Largest sum of request headers in bytes; more is answered 431. Default 32 KiB.</summary>
    [Range(1 << 10, 1 << 20)]
    public int MaxRequestHeadersBytes { get; init; } = 32 << 10;

    /// <summary>Longest time a client may take to send its request headers; beyond it the answer is 408. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan RequestHeadersTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection without a request is kept. A WebSocket is not bound by it. Default 75 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>Streams that one HTTP/2 connection may have open at once, WebSockets and requests together; a further one is refused, and may be tried again. Default 100.</summary>
    [Range(1, 10_000)]
    public int Http2Streams { get; init; } = Http2Windows.DefaultStreams;

    /// <summary>
    /// How much a client may send on one stream of HTTP/2 ahead of what is taken from it, in bytes. A connection may hold as much for each of its
    /// <see cref="Http2Streams"/>, so that a stream which nobody reads holds up no other (RFC 9113, section 5.2.2); both together may be 256 MiB at most. Default 256 KiB.
    /// </summary>
    [Range(65_535, 16 << 20)]
    public int Http2StreamWindowBytes { get; init; } = Http2Windows.DefaultStreamBytes;

    /// <summary>What the streams of one HTTP/2 connection hold at most.</summary>
    public long HeldByOneConnection() => (long)Http2Streams * Http2StreamWindowBytes;
}
