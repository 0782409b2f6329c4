using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Gateway.Tests.Edge;

/// <summary>A client that takes its time over a handshake, or never ends it, is not waited for: its connection is closed by the gateway.</summary>
public sealed class SlowClientTests : IAsyncLifetime
{
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /// <summary>An empty SETTINGS frame (RFC 9113, section 6.5).</summary>
    private static readonly byte[] Settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];

    /// <summary>The beginning of a HEADERS frame of stream 1 that promises a CONTINUATION: END_HEADERS is not set.</summary>
    private static readonly byte[] HeadersWithoutEnd = [0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82];

    /// <summary>The head of a HEADERS frame of 100 bytes, and one of them.</summary>
    private static readonly byte[] PartOfHeaders = [0, 0, 100, 1, 4, 0, 0, 0, 1, 0x82];

    private Destination _destination = null!;

    public async ValueTask InitializeAsync() => _destination = await Destination.StartAsync();

    public ValueTask DisposeAsync() => _destination.DisposeAsync();

    public static TheoryData<string, string, byte[]> Beginnings => new()
    {
        { "RequestHeadersTimeout", "Http1", Encoding.ASCII.GetBytes("GET /ws/start/blue HTT") },
        { "RequestHeadersTimeout", "Http1", Encoding.ASCII.GetBytes("GET /ws/start/blue HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\nConnection: Upg") },
        { "RequestHeadersTimeout", "Http2", [.. Encoding.ASCII.GetBytes(Preface), .. Settings, .. HeadersWithoutEnd] },
        { "KeepAliveTimeout", "Http1", [] },
        { "KeepAliveTimeout", "Http2", Encoding.ASCII.GetBytes(Preface[..5]) },
        { "KeepAliveTimeout", "Http2", [.. Encoding.ASCII.GetBytes(Preface), .. Settings] },
        { "KeepAliveTimeout", "Http2", [.. Encoding.ASCII.GetBytes(Preface), .. Settings, .. PartOfHeaders] },
    };

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task Handshake_ThatDoesNotEnd_IsEndedByTheGateway(string setting, string protocols, byte[] beginning)
    {
        await using var gateway = await TestGateway.StartAsync(
            _destination,
            _destination,
            ("Edge:RequestHeadersTimeout", "00:05:00"),
            ("Edge:KeepAliveTimeout", "01:00:00"),
            ($"Edge:{setting}", "00:00:01"),
            ("Kestrel:Endpoints:Http:Protocols", protocols));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Public.Port, Deadline.Token());
        await client.GetStream().WriteAsync(beginning, Deadline.Token());

        await ExpectEndAsync(client.GetStream());

        Assert.Empty(_destination.Arrivals);
    }

    /// <summary>A byte now and then is no progress: the time is for all of the headers.</summary>
    [Fact]
    public async Task Handshake_ThatDripsIn_IsEndedAllTheSame()
    {
        await using var gateway = await TestGateway.StartAsync(_destination, _destination, ("Edge:RequestHeadersTimeout", "00:00:01"));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Public.Port, Deadline.Token());
        var stream = client.GetStream();
        await stream.WriteAsync("GET /ws/start/blue HTTP/1.1\r\nHost: chat.example\r\nX-Slow: "u8.ToArray(), Deadline.Token());

        var ending = ExpectEndAsync(stream);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!ending.IsCompleted && await timer.WaitForNextTickAsync(Deadline.Token()))
        {
            try
            {
                await stream.WriteAsync("x"u8.ToArray(), Deadline.Token());
            }
            catch (IOException)
            {
                break;
            }
        }

        await ending;
    }

    private static async Task ExpectEndAsync(NetworkStream stream)
    {
        var buffer = new byte[1024];
        try
        {
            while (await stream.ReadAsync(buffer, Deadline.Token()) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Cut instead of ended, which is as good.
        }
    }
}
