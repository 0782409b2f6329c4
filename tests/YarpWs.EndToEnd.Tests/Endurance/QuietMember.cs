using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Endurance;

/// <summary>A client that answers pings, keeps what it hears and says when it ends; cheap enough for thousands.</summary>
internal sealed class QuietMember : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket _socket = new();
    private readonly Channel<string> _heard = Channel.CreateUnbounded<string>();

    private QuietMember(string room) => Room = room;

    public string Room { get; }

    /// <summary>Comes with the socket's end, and says how it ended.</summary>
    public Task<string> Ended { get; private set; } = null!;

    /// <summary>Whether it has heard something that no test waited for.</summary>
    public bool HasHeardMore => _heard.Reader.TryPeek(out _);

    public static async Task<QuietMember> JoinAsync(Uri gateway, string room, HttpMessageInvoker wire, CancellationToken cancellationToken)
    {
        var member = new QuietMember(room);
        member._socket.Options.SetRequestHeader("Authorization", $"Bearer {Tokens.For("quiet")}");
        member._socket.Options.KeepAliveInterval = TimeSpan.Zero;
        var address = new UriBuilder(gateway) { Scheme = "ws", Path = $"/ws/start/{room}" }.Uri;
        await member._socket.ConnectAsync(address, wire, cancellationToken);
        member.Ended = member.ReceiveAsync();
        return member;
    }

    public Task SendAsync(string text, CancellationToken cancellationToken) => _socket.SendAsync(
        Encoding.UTF8.GetBytes($$"""{"message": "{{text}}"}"""), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);

    /// <summary>The next so many texts, in the order of their letters.</summary>
    public async Task<List<string>> HearAsync(int count, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        var texts = new List<string>();
        try
        {
            while (texts.Count < count)
            {
                texts.Add(await _heard.Reader.ReadAsync(deadline.Token));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"Waited {Deadline.TotalSeconds} s for {count} messages in {Room}, heard only: {string.Join(", ", texts)}");
        }

        texts.Sort(StringComparer.Ordinal);
        return texts;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Pings are answered while this waits.</summary>
    private async Task<string> ReceiveAsync()
    {
        var buffer = new byte[128];
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (received.MessageType is WebSocketMessageType.Close)
                {
                    return $"closed with {(int?)_socket.CloseStatus} '{_socket.CloseStatusDescription}'";
                }

                await _heard.Writer.WriteAsync(Encoding.UTF8.GetString(buffer, 0, received.Count));
            }
        }
        catch (Exception exception) when (exception is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            return exception.Message;
        }
        finally
        {
            _heard.Writer.TryComplete();
        }
    }
}
