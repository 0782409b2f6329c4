using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace YarpWs.Platform.Transport;

/// <summary>
/// The windows of a server's HTTP/2 connections. What is received for a stream takes room in its own window and in the connection's until the application has read
/// it, and so streams that nobody reads would take the connection's from all others (RFC 9113, section 5.2.2).
/// </summary>
internal static class Http2Windows
{
    /// <summary>What RFC 9113 (section 6.5.2) recommends not to go below.</summary>
    public const int DefaultStreams = 100;

    /// <summary>For all streams of a connection 25 MiB; for one of them over a way of 50 ms, there and back, some 5 MB/s.</summary>
    public const int DefaultStreamBytes = 256 << 10;

    /// <summary>
    /// Gives each connection a window that its streams cannot use up, with all of them full but one. What a connection holds is bounded by the windows of its streams.
    /// </summary>
    /// <param name="limits">The server's.</param>
    /// <param name="streams">The most that a connection may have.</param>
    /// <param name="streamBytes">The window of each.</param>
    /// <exception cref="OverflowException">All of the windows together are more than a quarter of what there can be: 2^29 bytes.</exception>
    public static void Apply(Http2Limits limits, int streams, int streamBytes)
    {
        // The server opens the connection's window again when more than half of it has been read, and until then what has been read counts as well. So one half is for
        // that, and the other for what is held. The client may open as many streams again while those are ending that have had their answer.
        limits.MaxStreamsPerConnection = streams;
        limits.InitialStreamWindowSize = streamBytes;
        limits.InitialConnectionWindowSize = checked(4 * streams * streamBytes);
    }
}
