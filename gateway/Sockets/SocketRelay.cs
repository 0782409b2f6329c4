using System.Buffers;
using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// Runs a socket: two lanes, and an orderly end whichever of them ends first and however. Once one end has closed or gone, the wheel bounds
/// the wait for the other by Sockets:CloseTimeout.
/// </summary>
internal static class SocketRelay
{
    /// <summary>Ends when the socket is over: nothing is read any more, and nothing is being written to the client.</summary>
    public static async Task RunAsync(LiveSocket socket)
    {
        var fromClient = new Lane(socket.Client, socket.Backend.Sink, () => socket.ClosedBy(Closer.Client), socket.Pace).RunAsync();
        var fromBackend = new Lane(socket.Backend, socket.Client.Sink, () => socket.ClosedBy(Closer.Backend)).RunAsync();
        try
        {
            if (await Task.WhenAny(fromClient, fromBackend) == fromClient)
            {
                await ClientEndedAsync(socket, await fromClient, fromBackend);
            }
            else
            {
                await BackendEndedAsync(socket, await fromBackend, fromClient);
            }
        }
        finally
        {
            await socket.Client.Sink.FinishAsync();
            await socket.Backend.Stream.DisposeAsync();
            if (!fromClient.IsCompleted)
            {
                socket.Cut(CutReason.Failure);
            }

            await Task.WhenAll(fromClient, fromBackend);
        }
    }

    private static async Task ClientEndedAsync(LiveSocket socket, LaneEnd end, Task<LaneEnd> fromBackend)
    {
        if (end.Fault is { } fault)
        {
            // The backend may still end its frame.
            socket.Close(fault, isUrgent: true);
            socket.TellBackend(SocketClose.ClientLeaves, isLastChance: true);
            await PassOverAsync(socket.Client.Stream);
        }
        else if (end == LaneEnd.Gone)
        {
            await socket.Backend.Stream.DisposeAsync();
        }
        else
        {
            socket.BeginEnd();
            if (await fromBackend != LaneEnd.Closed)
            {
                socket.AnswerClient();
            }
        }
    }

    private static async Task BackendEndedAsync(LiveSocket socket, LaneEnd end, Task<LaneEnd> fromClient)
    {
        if (end == LaneEnd.Closed)
        {
            socket.BeginEnd();
        }
        else
        {
            if (end.Fault is { } fault)
            {
                socket.TellBackend(fault, isLastChance: false);
            }

            if (!socket.CloseAtOnce(end.Fault is null ? SocketClose.BackendLost : SocketClose.BackendFault))
            {
                socket.Cut(CutReason.BackendLostInFrame);
            }
        }

        if ((await fromClient).Fault is not null)
        {
            await PassOverAsync(socket.Client.Stream);
        }
    }

    /// <summary>
    /// Reads what a client still sends whose frames are not looked at any more. Bytes left unread would have the system reset the
    /// connection, and the reset would overtake the close frame.
    /// </summary>
    private static async Task PassOverAsync(Stream client)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            while (await client.ReadAsync(buffer) > 0)
            {
            }
        }
        catch (Exception exception) when (ConnectionLost.Is(exception))
        {
            // The client has left, which is what was waited for.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
