namespace YarpWs.Gateway.Sockets.Frames;

/// <summary>What is to be done with the bytes that a <see cref="FrameScanner"/> has looked at.</summary>
/// <param name="Pass">So many may go on.</param>
/// <param name="Drop">So many behind them go nowhere; whatever follows is still to be looked at.</param>
/// <param name="Need">How long the next frame is, or its header at most, when it has begun behind these and has not come whole; else 0.</param>
/// <param name="Fault">Why the frame behind these may not be sent; null when it may.</param>
internal readonly record struct Scan(int Pass, int Drop = 0, int Need = 0, SocketClose? Fault = null);
