using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Sockets;

/// <summary>One end of a socket: the client, or the backend.</summary>
/// <param name="Stream">Its connection.</param>
/// <param name="Liveness">When it was heard.</param>
/// <param name="Frames">What it sends.</param>
/// <param name="Sink">Where frames to it are written.</param>
internal sealed record Peer(Stream Stream, Liveness Liveness, FrameScanner Frames, FrameSink Sink);
