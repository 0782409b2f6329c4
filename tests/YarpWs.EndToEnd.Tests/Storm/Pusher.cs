using System.Net;
using System.Net.Sockets;
using System.Text;
using YarpWs.EndToEnd.Tests.Storm.Judging;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>A server that pushes to a room over HTTP, one message at a time, through one gateway and then the other.</summary>
internal sealed class Pusher(Journal journal, IReadOnlyList<Uri> gateways, string token, TimeSpan period, Pace pace)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    public async Task RunAsync(CancellationToken storm)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Deadline };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var turns = pace.Every(period);
        try
        {
            for (var number = 1; await turns.WaitForNextTickAsync(storm); number++)
            {
                await PushAsync(http, gateways[number % gateways.Count], new MessageId(journal.Client, number), storm);
            }
        }
        catch (OperationCanceledException) when (storm.IsCancellationRequested)
        {
            // The storm is over.
        }
    }

    private async Task PushAsync(HttpClient http, Uri gateway, MessageId message, CancellationToken storm)
    {
        journal.Write(new Sent(pace.Now, Connection: 0, message));
        try
        {
            using var content = new StringContent(message.ToString(), Encoding.UTF8, "text/plain");
            using var answer = await http.PostAsync(new Uri(gateway, $"/api/hubs/chat/groups/push_{journal.Group}/:send"), content, storm);
            journal.Write(answer.StatusCode is HttpStatusCode.Accepted
                ? new Acknowledged(pace.Now, message)
                : new Refused(pace.Now, message, $"{(int)answer.StatusCode}"));
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or OperationCanceledException && !storm.IsCancellationRequested)
        {
            // A connection that is cut just after it was made comes out of the client as the socket's own exception.
            journal.Write(new Refused(pace.Now, message, exception.Message));
        }
    }
}
