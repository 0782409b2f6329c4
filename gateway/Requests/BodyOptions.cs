using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Requests;

/// <summary>How long clients may take over the bodies of requests and answers that are forwarded. Section <c>Bodies</c>.</summary>
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
    /// <see cref="SendTimeout"/> as the server counts: it allows this time from the last write on, and more for what a write of many bytes takes
    /// at this rate, which is so high that it adds nothing.
    /// </summary>
    public static Microsoft.AspNetCore.Server.Kestrel.Core.MinDataRate SendRate(TimeSpan timeout) => new(bytesPerSecond: 1 << 30, gracePeriod: timeout);
}
