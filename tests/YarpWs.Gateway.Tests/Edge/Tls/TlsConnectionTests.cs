using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Text;
using YarpWs.Platform.Transport;
using static YarpWs.Gateway.Tests.Edge.Tls.TlsTestGateway;

namespace YarpWs.Gateway.Tests.Edge.Tls;

/// <summary>What a client may do with a TLS connection once it has one, and what it may not.</summary>
public sealed class TlsConnectionTests
{
    private const string Page = "/demo/a";
    private const int SocketClosed = 1902;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Session_IsTakenUpAgain_UntilTheCertificateChanges(bool isTls12)
    {
        await using var gateway = await StartAsync();
        using var first = await OpenAsync(gateway, session: 0, isTls12);
        Assert.StartsWith("HTTP/1.1 200", first.Ask(Page), StringComparison.Ordinal);
        var session = first.TakeSession();

        using var again = await OpenAsync(gateway, session, isTls12);
        using var renewed = gateway.Files.Save("own", "chat.example");
        await gateway.Gateway.Log.ExpectAsync(Taken);
        using var afterwards = await OpenAsync(gateway, session, isTls12);

        Assert.Equal((false, true, false), (first.IsResumed, again.IsResumed, afterwards.IsResumed));
        Assert.StartsWith("HTTP/1.1 200", again.Ask(Page), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", afterwards.Ask(Page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_SaysThatItEndsAConnection_SoThatNoAnswerSeemsCutOff(bool isTls12)
    {
        await using var gateway = await StartAsync();
        using var client = await OpenAsync(gateway, session: 0, isTls12);

        Assert.StartsWith("HTTP/1.1 200", client.Ask(Page), StringComparison.Ordinal);

        Assert.True(client.IsEnded);
    }

    [Fact]
    public async Task Renegotiation_IsRefused_AndEndsNobodyElsesConnection()
    {
        await using var gateway = await StartAsync();
        using var other = await OpenAsync(gateway, session: 0, isTls12: true);
        using var client = await OpenAsync(gateway, session: 0, isTls12: true);

        Assert.False(await Task.Run(client.TryRenegotiate));

        Assert.StartsWith("HTTP/1.1 200", other.Ask(Page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatDoesNotFinishItsRequest_IsLetGo()
    {
        await using var gateway = await StartAsync(("Edge:RequestHeadersTimeout", "00:00:01"));
        await using var stream = await gateway.OpenAsync("chat.example");

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {Page} HTTP/1.1\r\nHost: chat"), Deadline.Token());

        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(Deadline.Token());
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nThe request took too long to arrive.\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestThatCannotBeRead_IsToldWhy()
    {
        await using var gateway = await StartAsync();
        await using var stream = await gateway.OpenAsync("chat.example");

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {Page} HTTP/1.1\r\nHost: chat.example\r\nX : y\r\n\r\n"), Deadline.Token());

        using var reader = new StreamReader(stream);
        Assert.EndsWith("\r\n\r\nThe request cannot be read: invalid request header.\n", await reader.ReadToEndAsync(Deadline.Token()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SslProtocols.Tls13)]
    [InlineData(SslProtocols.Tls12)]
    public async Task Client_ThatEndsItsSendingSide_GetsItsAnswer(SslProtocols version)
    {
        await using var gateway = await StartAsync();
        await using var stream = await gateway.OpenAsync("chat.example", options => options.EnabledSslProtocols = version);

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {Page} HTTP/1.1\r\nHost: chat.example\r\n\r\n"), Deadline.Token());
        await stream.ShutdownAsync();

        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadToEndAsync(Deadline.Token()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(1000)]
    [InlineData(16_384)]
    public async Task Record_ThatComesInPieces_IsOne(int piece)
    {
        await using var gateway = await StartAsync();
        var (client, connection) = await OpenSocketAsync(gateway);
        var message = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 16_384).Select(at => (char)('a' + (at % 26)))));
        connection.Piece = piece;

        await client.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, Deadline.Token());

        Assert.Equal(message, await ReceiveAsync(client, message.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    public async Task Record_ThatIsCutOff_EndsItsSocket(int left)
    {
        await using var gateway = await StartAsync();
        var (client, connection) = await OpenSocketAsync(gateway);
        connection.Left = left;
        await client.SendAsync(new byte[500], WebSocketMessageType.Binary, endOfMessage: true, Deadline.Token());

        await connection.DisposeAsync();

        Assert.Contains("closed by", await gateway.Gateway.Log.ExpectAsync(SocketClosed), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Record_ThatIsNone_EndsItsConnection_AndIsNoFaultOfTheServers(bool isSocket)
    {
        await using var gateway = await StartAsync();
        var connection = isSocket ? (await OpenSocketAsync(gateway)).Connection : (await SecureAsync(gateway)).Connection;

        // Application data of 32 bytes that no key has made.
        await connection.WriteAsync((byte[])[0x17, 3, 3, 0, 32, .. new byte[32]], Deadline.Token());

        await ReadToEndAsync(connection);
        if (isSocket)
        {
            await gateway.Gateway.Log.ExpectAsync(SocketClosed);
        }

        Assert.DoesNotContain(gateway.Gateway.Log.Lines, line => line.Contains("SslException", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SslProtocols.Tls13)]
    [InlineData(SslProtocols.Tls12)]
    public async Task Buffers_OfAConnection_AreGivenBackWhenTheyAreEmpty(SslProtocols version)
    {
        using var files = new TlsFolder();
        using var certificate = files.Save("own", "chat.example");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var connecting = new TcpClient();
        await connecting.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Deadline.Token());
        using var accepted = await listener.AcceptTcpClientAsync(Deadline.Token());
        await using var client = new SslStream(connecting.GetStream());
        await using var server = new SslStream(accepted.GetStream());
        await Task.WhenAll(
            client.AuthenticateAsClientAsync(Trusting("chat.example"), Deadline.Token()),
            server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = version }, Deadline.Token()));

        Assert.True(TlsBuffers.TryGiveBack(server, out var buffers));

        // And it reads and writes as before, whenever they are given back: by another thread here.
        using var done = new CancellationTokenSource();
        var givingBack = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                Assert.True(buffers.TryGiveBackNow());
            }
        }, Deadline.Token());
        var message = new byte[1_000_000];
        Random.Shared.NextBytes(message);
        foreach (var (from, to) in ((SslStream, SslStream)[])[(client, server), (server, client), (client, server)])
        {
            var read = new byte[message.Length];
            await Task.WhenAll(from.WriteAsync(message, Deadline.Token()).AsTask(), to.ReadExactlyAsync(read, Deadline.Token()).AsTask());
            Assert.Equal(message, read);
        }

        await done.CancelAsync();
        await givingBack;
        await server.DisposeAsync();
        Assert.False(buffers.TryGiveBackNow());
    }

    private static Task<OpenSslClient> OpenAsync(TlsTestGateway gateway, nint session, bool isTls12) =>
        Task.Run(() => new OpenSslClient(new IPEndPoint(IPAddress.Loopback, gateway.Gateway.Public.Port), session, isTls12));

    /// <summary>A TLS connection, and what is below the TLS.</summary>
    private static async Task<(SslStream Tls, SplitStream Connection)> SecureAsync(TlsTestGateway gateway)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(IPAddress.Loopback, gateway.Gateway.Public.Port, Deadline.Token());
        var connection = new SplitStream(tcp.GetStream());
        var tls = new SslStream(connection);
        await tls.AuthenticateAsClientAsync(Trusting("chat.example"), Deadline.Token());
        return (tls, connection);
    }

    /// <summary>Until the other side has ended the connection, in order or not.</summary>
    private static async Task ReadToEndAsync(SplitStream connection)
    {
        var buffer = new byte[4096];
        try
        {
            while (await connection.ReadAsync(buffer, Deadline.Token()) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset.
        }
    }

    /// <summary>A WebSocket over TLS, and the connection below the TLS.</summary>
    private static async Task<(WebSocket Client, SplitStream Connection)> OpenSocketAsync(TlsTestGateway gateway)
    {
        var (tls, connection) = await SecureAsync(gateway);
        await tls.WriteAsync(
            Encoding.ASCII.GetBytes($"GET /ws/start/blue HTTP/1.1\r\nHost: chat.example\r\nAuthorization: Bearer {Tokens.For("ann")}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
            Deadline.Token());

        // Nothing comes behind the answer by itself.
        var answer = new byte[4096];
        var count = 0;
        while (answer.AsSpan(0, count).IndexOf("\r\n\r\n"u8) < 0)
        {
            count += await tls.ReadAsync(answer.AsMemory(count), Deadline.Token()) is > 0 and var more ? more : throw new IOException("The connection ended instead of an answer.");
        }

        Assert.StartsWith("HTTP/1.1 101 ", Encoding.ASCII.GetString(answer, 0, count), StringComparison.Ordinal);
        return (WebSocket.CreateFromStream(tls, new WebSocketCreationOptions()), connection);
    }

    private static async Task<byte[]> ReceiveAsync(WebSocket client, int length)
    {
        var message = new byte[length];
        for (var count = 0; count < length;)
        {
            count += (await client.ReceiveAsync(message.AsMemory(count), Deadline.Token())).Count;
        }

        return message;
    }
}
