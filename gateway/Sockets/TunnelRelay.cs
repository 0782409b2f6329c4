using System.Buffers;
using System.Diagnostics;
using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// Runs a tunnel: bytes both ways, as they come, until both ends have ended. The end of what one sends is passed on, and the other way goes on (what has
/// read its input to the end may have much to say); a connection that is reset resets the other.
/// </summary>
internal static class TunnelRelay
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Ends when the tunnel is over: nothing is read any more, and nothing is being written to the client.</summary>
    public static async Task RunAsync(LiveSocket socket)
    {
        try
        {
            await Task.WhenAll(FromClientAsync(socket), FromBackendAsync(socket));
        }
        finally
        {
            await socket.Backend.Stream.DisposeAsync();
        }
    }

    private static async Task FromClientAsync(LiveSocket socket)
    {
        if (!await CarryAsync(socket, socket.Client, socket.Backend))
        {
            return;
        }

        socket.ClosedBy(Closer.Client);
        if (!socket.EndSendingToBackend())
        {
            // Behind TLS it cannot be told so, and might wait for more.
            socket.BeginEnd();
            await socket.Backend.Stream.DisposeAsync();
        }
    }

    private static async Task FromBackendAsync(LiveSocket socket)
    {
        if (!await CarryAsync(socket, socket.Backend, socket.Client))
        {
            return;
        }

        socket.ClosedBy(Closer.Backend);
        if (socket.CanEndSendingToClient)
        {
            await socket.EndSendingToClientAsync();
        }
        else
        {
            // It has what was sent, and ends by itself or at Sockets:CloseTimeout.
            socket.BeginEnd();
        }
    }

    /// <summary>Carries what one end sends to the other. True when it has ended in order; otherwise the tunnel has been ended.</summary>
    private static async Task<bool> CarryAsync(LiveSocket socket, Peer from, Peer to)
    {
        var pace = from == socket.Client ? socket.Pace : null;
        try
        {
            while (await CarryOnceAsync(from, to))
            {
                if (pace is not null && await pace.KeepAsync() is { } close)
                {
                    socket.Close(close);
                    return false;
                }
            }

            // What was closed here may look like an end as well.
            return socket.CutFor is null;
        }
        catch (Exception exception) when (ConnectionLost.Is(exception))
        {
            if (!socket.IsEnding)
            {
                socket.Cut(CutReason.Reset);
            }

            return false;
        }
        catch
        {
            socket.Cut(CutReason.Failure);
            throw;
        }
    }

    /// <summary>False when there is nothing more.</summary>
    private static async ValueTask<bool> CarryOnceAsync(Peer from, Peer to)
    {
        // A quiet tunnel costs no buffer.
        var none = await from.Stream.ReadAsync(Memory<byte>.Empty);
        Debug.Assert(none == 0, "A read into nothing ends when there are bytes, and takes none.");
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var count = await from.Stream.ReadAsync(buffer);
            if (count == 0)
            {
                return false;
            }

            from.Liveness.Heard();
            var scan = from.Frames.Scan(buffer.AsSpan(0, count));
            Debug.Assert(scan.Pass == count, "What is no frames goes on as it is.");
            from.Liveness.Passed();
            await to.Stream.WriteAsync(buffer.AsMemory(0, count));
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
