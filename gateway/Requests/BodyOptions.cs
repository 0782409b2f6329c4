using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Requests;

/// <summary>How long clients may take over the bodies of requests and answers that are forwarded, and what is kept of them. Section <c>Bodies</c>.</summary>
internal sealed record BodyOptions
{
    public const string Section = "Bodies";

    /// <summary>
    /// Longest pause of a client in the middle of a request body; beyond it the answer is 408. The cluster's ActivityTimeout holds as well.
    /// Default 60 s, as nginx's client_body_timeout.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ReceiveTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a client may take nothing of an answer; beyond it the connection is closed. Over HTTP/2 a connection has many answers, and the
    /// general value holds for it whatever a route says. Default 60 s, as nginx's send_timeout.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "1.00:00:00")]
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether the whole body of a request is taken from the client before a destination is asked, as nginx's proxy_request_buffering does: a slow client
    /// then holds no destination. A body that does not fit into the two bounds below is 413. Default false.
    /// </summary>
    public bool BufferRequests { get; init; }

    /// <summary>
    /// Whether an answer is taken from the destination as fast as that gives it, and what the client has not taken yet is kept, as nginx's
    /// proxy_buffering does. Beyond the two bounds below the destination waits for the client. Default false.
    /// </summary>
    public bool BufferAnswers { get; init; }

    /// <summary>How much of a buffered body or answer is kept in memory; the rest goes to a file. Bytes. Default 64 KiB, as nginx's proxy_buffers.</summary>
    [Range(4096, 16 << 20)]
    public int BufferMemoryBytes { get; init; } = 64 << 10;

    /// <summary>How much of it the file takes; 0 for no file. Bytes. Default 1 GiB, as nginx's proxy_max_temp_file_size.</summary>
    [Range(0, 1L << 40)]
    public long BufferFileBytes { get; init; } = 1L << 30;

    /// <summary>Where those files go, which only this process can read and which are gone with it. Default the system's directory for temporary files.</summary>
    public string? BufferDirectory { get; init; }

    /// <summary>
    /// <see cref="SendTimeout"/> as the server counts: it allows this time from the last write on, and more for what a write of many bytes takes
    /// at this rate, which is so high that it adds nothing.
    /// </summary>
    public static Microsoft.AspNetCore.Server.Kestrel.Core.MinDataRate SendRate(TimeSpan timeout) => new(bytesPerSecond: 1 << 30, gracePeriod: timeout);
}
