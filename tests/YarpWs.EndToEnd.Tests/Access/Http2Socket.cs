using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>A client that opens its WebSocket over HTTP/2 (RFC 8441), where a handshake is a CONNECT.</summary>
public sealed class Http2Socket : IDisposable
{

    // Nothing of the client's own is traced: what is found in a trace is the gateway's or a backend's.
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });

    public Http2Socket(string? token = null)
    {
        Socket.Options.HttpVersion = HttpVersion.Version20;
        Socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        Socket.Options.CollectHttpResponseDetails = true;
        if (token is not null)
        {
            Socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
        }
    }

    /// <summary>The settings of a second endpoint of the gateway that speaks it without TLS.</summary>
    public static (string Key, string Value)[] Endpoint =>
        [("Kestrel:Endpoints:Http2:Url", "http://127.0.0.1:0"), ("Kestrel:Endpoints:Http2:Protocols", "Http2")];

    public ClientWebSocket Socket { get; } = new();

    /// <summary>Returns the status of the answer; 200 is what 101 is over HTTP/1.1.</summary>
    public async Task<HttpStatusCode> ConnectAsync(Uri server, string target)
    {
        using var deadline = new CancellationTokenSource(Deadline.Length);
        try
        {
            await Socket.ConnectAsync(new Uri($"ws://{server.Authority}{target}"), _http, deadline.Token);
        }
        catch (WebSocketException) when (Socket.HttpStatusCode != 0)
        {
            // Refused, and the status says why.
        }

        return Socket.HttpStatusCode;
    }

    public async Task SendAsync(string text)
    {
        using var deadline = new CancellationTokenSource(Deadline.Length);
        await Socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, deadline.Token);
    }

    public async Task<string> ReceiveAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline.Length);
        var buffer = new byte[64 * 1024];
        var received = await Socket.ReceiveAsync(buffer, deadline.Token);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    public async Task CloseAsync(WebSocketCloseStatus code)
    {
        using var deadline = new CancellationTokenSource(Deadline.Length);
        await Socket.CloseAsync(code, "bye", deadline.Token);
    }

    public void Dispose()
    {
        Socket.Dispose();
        _http.Dispose();
    }
}
