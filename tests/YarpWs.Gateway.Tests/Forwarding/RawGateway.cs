using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Tests.Handshakes;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>The gateway between a client and a destination whose bytes the test writes and reads: a character stands for each (Latin-1).</summary>
internal sealed class RawGateway : IAsyncDisposable
{
    public const string Handshake =
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    public const string Accepted =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

    private readonly TestGateway _gateway;

    private RawGateway(TestGateway gateway, RawDestination destination) => (_gateway, Destination) = (gateway, destination);

    public RawDestination Destination { get; }

    public Uri Address => _gateway.Public;

    public Uri Admin => _gateway.Admin;

    public HttpClient Http => _gateway.Http;

    public CollectedLog Log => _gateway.Log;

    public IServiceProvider Services => _gateway.Services;

    /// <summary>Route "open", whose path begins with /open/ and which asks for no login.</summary>
    public static async Task<RawGateway> StartAsync(params (string Key, string? Value)[] settings)
    {
        var destination = new RawDestination();
        var address = $"http://127.0.0.1:{destination.Port}";
        var gateway = await TestGateway.StartFromAsync(
            TestGateway.SettingsFile,
            [
                ("ReverseProxy:Routes:open:ClusterId", "backend"),
                ("ReverseProxy:Routes:open:AuthorizationPolicy", "anonymous"),
                ("ReverseProxy:Routes:open:Match:Path", "/open/{**rest}"),
                ("ReverseProxy:Clusters:backend:Destinations:a:Address", address),
                ("ReverseProxy:Clusters:backend:Destinations:b:Address", address),
                ("ReverseProxy:Clusters:backend:HealthCheck:Active:Enabled", "false"),
                .. settings,
            ]);
        return new RawGateway(gateway, destination);
    }

    public Task StopAsync() => _gateway.StopAsync();

    public async Task<RawClient> ConnectAsync()
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, Address.Port, Deadline.Token());
        return new RawClient(client);
    }

    /// <summary>Sends a request and returns the head that the destination gets, which answers with a fixed 200; fails when the gateway answers by itself.</summary>
    public async Task<string> ForwardedAsync(string request)
    {
        using var client = await ConnectAsync();
        await client.SendAsync(request);
        using var asked = await Destination.AcceptAsync();
        await asked.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        return asked.Head;
    }

    /// <summary>Sends a request and returns what the gateway answers by itself, until it has ended its head.</summary>
    public async Task<string> RefusedAsync(string request)
    {
        using var client = await ConnectAsync();
        await client.SendAsync(request);
        var head = await client.ReadHeadAsync();
        Assert.False(Destination.IsAskedAgain, "The destination was asked.");
        return head;
    }

    /// <summary>
    /// Ends when no connection is left, neither a client's nor one to the destination, and no socket that had them: each loop watches a socket of its own, and nothing else.
    /// </summary>
    public async Task NoConnectionIsLeftAsync()
    {
        var loops = Services.GetRequiredService<EventLoops>().All;
        var table = Services.GetRequiredService<SocketTable>();
        var deadline = Deadline.Token();
        while (loops.Sum(loop => loop.Sockets) != loops.Count || table.Count != 0)
        {
            await Eventually.AgainAsync(deadline);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        Destination.Dispose();
    }
}

/// <summary>A client's connection.</summary>
internal sealed class RawClient(TcpClient client) : IDisposable
{
    private readonly NetworkStream _stream = client.GetStream();
    private string _ahead = "";

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text), Deadline.Token());

    /// <summary>Sends nothing more, and goes on reading.</summary>
    public void EndSending() => client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>The head of the next answer, with its empty line.</summary>
    public Task<string> ReadHeadAsync() => ReadToAsync("\r\n\r\n");

    /// <summary>All up to and with a text. Fails when the connection ends before.</summary>
    public async Task<string> ReadToAsync(string end)
    {
        int at;
        while ((at = _ahead.IndexOf(end, StringComparison.Ordinal)) < 0)
        {
            Assert.True(await ReadMoreAsync(), $"The connection ended before {end.ReplaceLineEndings("\\n")}, after: {_ahead}");
        }

        var text = _ahead[..(at + end.Length)];
        _ahead = _ahead[text.Length..];
        return text;
    }

    /// <summary>So many bytes, whatever they are.</summary>
    public async Task ReadLengthAsync(int length) => await _stream.ReadExactlyAsync(new byte[length - _ahead.Length], Deadline.Token());

    /// <summary>All until the gateway ends the connection in order; a reset fails.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await ReadMoreAsync())
        {
        }

        return _ahead;
    }

    /// <summary>Ends when the gateway has ended the connection, in the middle of an answer; more of the answer fails.</summary>
    public async Task CutAsync()
    {
        try
        {
            Assert.False(await ReadMoreAsync(), $"There was more: {_ahead}");
        }
        catch (IOException)
        {
            // A reset, which says as much.
        }
    }

    public void Dispose() => client.Dispose();

    private async Task<bool> ReadMoreAsync()
    {
        var buffer = new byte[4096];
        var count = await _stream.ReadAsync(buffer, Deadline.Token());
        _ahead += Encoding.Latin1.GetString(buffer, 0, count);
        return count > 0;
    }
}
