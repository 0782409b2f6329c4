using System.Net.WebSockets;
using System.Text;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.EndToEnd.Tests.Storm.Judging;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>
/// A client of a room: speaks at a rate, hears, leaves now and then with some last words, and comes back through the other gateway whenever its connection has
/// ended. All goes into its journal.
/// </summary>
internal sealed class Member(Journal journal, IReadOnlyList<Uri> gateways, string token, TimeSpan period, Chance chance, Pace pace)
{
    /// <summary>It leaves after so many messages, on the average: some twenty seconds.</summary>
    private const int LeavesOneIn = 130;

    /// <summary>Sent at once before it leaves.</summary>
    private const int LastWords = 5;

    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private int _connection;
    private int _number;

    /// <summary>Ends with <paramref name="storm"/>, whose end the journal does not mention.</summary>
    public async Task RunAsync(int firstGateway, CancellationToken storm)
    {
        try
        {
            for (var gateway = firstGateway; ; gateway = (gateway + 1) % gateways.Count)
            {
                using var socket = new ClientWebSocket();
                if (await TryConnectAsync(socket, gateways[gateway], storm))
                {
                    journal.Write(new Joined(pace.Now, ++_connection, gateway));
                    await ServeAsync(socket, storm);
                }

                await pace.PassAsync(Pause, storm);
            }
        }
        catch (OperationCanceledException) when (storm.IsCancellationRequested)
        {
            // The storm is over.
        }
    }

    private async Task<bool> TryConnectAsync(ClientWebSocket socket, Uri gateway, CancellationToken storm)
    {
        socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        socket.Options.AddSubProtocol(AttributedMessage.Subprotocol);
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        using var deadline = pace.Deadline(ConnectDeadline);
        using var connecting = CancellationTokenSource.CreateLinkedTokenSource(storm, deadline.Token);
        try
        {
            await socket.ConnectAsync(new UriBuilder(gateway) { Scheme = "ws", Path = $"/ws/start/{journal.Group}" }.Uri, connecting.Token);
            return true;
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException && !storm.IsCancellationRequested)
        {
            // Refused, or nobody there: whoever is no member is promised nothing.
            return false;
        }
    }

    private async Task ServeAsync(ClientWebSocket socket, CancellationToken storm)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(storm);
        var speaking = SpeakAsync(socket, ended.Token);
        try
        {
            journal.Write(await HearAsync(socket, storm));
        }
        finally
        {
            await ended.CancelAsync();
            await speaking;
        }
    }

    /// <summary>Hears until the connection ends, and says how.</summary>
    private async Task<Ended> HearAsync(ClientWebSocket socket, CancellationToken storm)
    {
        var buffer = new byte[512];
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), storm);
                if (received.MessageType is WebSocketMessageType.Close)
                {
                    return new Ended(pace.Now, _connection, (int?)socket.CloseStatus ?? Ended.NoStatus, socket.CloseStatusDescription ?? "");
                }

                var message = AttributedMessage.Parse(Encoding.UTF8.GetString(buffer, 0, received.Count));
                journal.Write(new Heard(pace.Now, _connection, MessageId.Parse(message.Message), message.Node));
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // A send that the end of the storm has interrupted leaves the socket broken, and so does a client that leaves without waiting for the answer.
            storm.ThrowIfCancellationRequested();
            return new Ended(pace.Now, _connection, Ended.Broken, exception.Message);
        }
    }

    /// <summary>Ends with the connection, of whose end the one who hears knows more.</summary>
    private async Task SpeakAsync(ClientWebSocket socket, CancellationToken ended)
    {
        using var turns = pace.Every(period);
        try
        {
            while (await turns.WaitForNextTickAsync(ended))
            {
                await SendAsync(socket, ended);
                if (chance.OneIn(LeavesOneIn))
                {
                    await LeaveAsync(socket, ended);
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Ended.
        }
    }

    private async Task SendAsync(ClientWebSocket socket, CancellationToken ended)
    {
        var message = new MessageId(journal.Client, ++_number);
        journal.Write(new Sent(pace.Now, _connection, message));
        await socket.SendAsync(Encoding.UTF8.GetBytes($$"""{"message": "{{message}}"}"""), WebSocketMessageType.Text, endOfMessage: true, ended);
    }

    /// <summary>Ends the connection behind the last words, by a close frame that waits for its answer, or by one and the end of TCP at once.</summary>
    private async Task LeaveAsync(ClientWebSocket socket, CancellationToken ended)
    {
        for (var i = 0; i < LastWords; i++)
        {
            await SendAsync(socket, ended);
        }

        journal.Write(new Left(pace.Now, _connection));
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, ended);
        if (chance.OneIn(2))
        {
            socket.Abort();
        }
    }
}
