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
        var client = new Lane(socket.Client, socket.Backend.Sink, () => socket.ClosedBy(Closer.Client), socket.Pace);
        var fromClient = client.RunAsync();
        var fromBackend = new Lane(socket.Backend, socket.Client.Sink, () => socket.ClosedBy(Closer.Backend)).RunAsync();
        try
        {
            if (await Task.WhenAny(fromClient, fromBackend) == fromClient)
            {
                await ClientEndedAsync(socket, client, await fromClient, fromBackend);
            }
            else
            {
                await BackendEndedAsync(socket, client, await fromBackend, fromClient);
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

    private static async Task ClientEndedAsync(LiveSocket socket, Lane client, LaneEnd end, Task<LaneEnd> fromBackend)
    {
        if (end.Fault is { } fault)
        {
            // What was good before the fault has gone on. Its answers go to the client first, then the gateway's close frame, in the place of the backend's.
            var said = socket.CloseBehindBackendAsync(fault);
            socket.TellBackend(SocketClose.ClientLeaves, isLastChance: true);
            var passing = client.PassOverAsync(said);
            if (await Task.WhenAny(said, fromBackend) == fromBackend && !socket.CloseAtOnce(fault))
            {
                socket.Cut(CutReason.BackendLostInFrame);
            }

            await socket.Backend.Stream.DisposeAsync();
            await socket.EndSendingToClientAsync();
            await passing;
        }
        else if (end == LaneEnd.Gone)
        {
            // The backend reads what the client has sent, then its end, and ends in turn.
            socket.TellBackendOfItsEnd();
            await fromBackend;
        }
        else
        {
            socket.BeginEnd();
            if (socket.Closer == Closer.Gateway)
            {
                // The client has answered the gateway, and has nothing to wait for.
                await socket.EndSendingToClientAsync();
            }

            if (await fromBackend != LaneEnd.Closed)
            {
                socket.AnswerClient();
            }
        }
    }

    private static async Task BackendEndedAsync(LiveSocket socket, Lane client, LaneEnd end, Task<LaneEnd> fromClient)
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
            await socket.EndSendingToClientAsync();
            await client.PassOverAsync(Task.CompletedTask);
        }
    }
}
