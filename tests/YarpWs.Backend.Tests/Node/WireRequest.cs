using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace YarpWs.Backend.Tests.Node;

/// <summary>A request as it is written, over a TCP connection of its own, and the head of its answer.</summary>
internal sealed class WireRequest : IAsyncDisposable
{
    private readonly TcpClient _tcp;
    private readonly string[] _head;

    private WireRequest(TcpClient tcp, string[] head) => (_tcp, _head) = (tcp, head);

    public int Status => int.Parse(_head[0].Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>The headers of a good handshake; a test leaves out or adds what it is about.</summary>
    public static string[] Handshake(string? token = null) =>
    [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        $"Authorization: Bearer {token ?? Tokens.For("ann")}",
    ];

    /// <summary>Opens a WebSocket; fails the test when it is refused.</summary>
    public static async Task<WireClient> OpenAsync(TestNode node, string room, params string[] headers)
    {
        var request = await SendAsync(node, "GET", $"/ws/start/{room}", [.. Handshake(), .. headers]);
        Assert.Equal(101, request.Status);
        return new WireClient(request._tcp.GetStream());
    }

    public static async Task<WireRequest> SendAsync(TestNode node, string method, string target, params string[] headers)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(node.Address.Host, node.Address.Port, deadline.Token);
        var lines = headers.Prepend($"Host: {node.Address.Authority}").Prepend($"{method} {target} HTTP/1.1");
        await tcp.GetStream().WriteAsync(Encoding.UTF8.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n"), deadline.Token);
        return new WireRequest(tcp, await ReadHeadAsync(tcp.GetStream(), deadline.Token));
    }

    public string? Header(string name) => _head.Skip(1)
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .SingleOrDefault();

    /// <summary>Ends the connection without a close frame.</summary>
    public void Vanish(bool isReset)
    {
        _tcp.LingerState = new LingerOption(enable: isReset, seconds: 0);
        _tcp.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<string[]> ReadHeadAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        // Byte by byte, so that frames behind the head are left to whoever reads them.
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, cancellationToken);
            head.Append((char)one[0]);
        }

        return head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }
}
