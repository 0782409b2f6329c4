using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace YarpWs.Gateway.Tests.Edge.Tls;

/// <summary>A gateway that speaks TLS alone, with files that the test changes under it.</summary>
internal sealed class TlsTestGateway : IAsyncDisposable
{
    public const string Endpoint = "Kestrel:Endpoints:Http";
    public const int Taken = 1500;
    public const int Refused = 1501;
    public const int Expires = 1502;
    public const int HasExpired = 1506;

    private readonly Destination _a;
    private readonly Destination _b;

    private TlsTestGateway(TlsFolder files, TestGateway gateway, Destination a, Destination b) => (Files, Gateway, _a, _b) = (files, gateway, a, b);

    public TlsFolder Files { get; }

    public TestGateway Gateway { get; }

    public IEnumerable<Arrival> Arrivals => _a.Arrivals.Concat(_b.Arrivals);

    /// <param name="settings">Over an https endpoint; its certificates are those that <paramref name="files"/> has written.</param>
    /// <param name="files">It is deleted with the gateway.</param>
    public static async Task<TlsTestGateway> StartAsync(TlsFolder files, params (string Key, string? Value)[] settings)
    {
        var (a, b) = (await Destination.StartAsync(), await Destination.StartAsync());
        var gateway = await TestGateway.StartAsync(a, b, [($"{Endpoint}:Url", "https://127.0.0.1:0"), ("Tls:PollInterval", "00:00:00.010"), .. settings]);
        return new TlsTestGateway(files, gateway, a, b);
    }

    /// <summary>One with a single certificate for chat.example.</summary>
    public static Task<TlsTestGateway> StartAsync(params (string Key, string? Value)[] settings)
    {
        var files = new TlsFolder();
        files.Save("own", "chat.example");
        return StartAsync(files, [.. files.Settings(Endpoint, "own"), .. settings]);
    }

    /// <summary>The subject and fingerprint of the certificate that a client is shown. A failed handshake throws.</summary>
    public async Task<X509Certificate2> HandshakeAsync(string name, Action<SslClientAuthenticationOptions>? configure = null)
    {
        await using var stream = await OpenAsync(name, configure);
        return new X509Certificate2(stream.RemoteCertificate!);
    }

    public async Task<SslStream> OpenAsync(string name, Action<SslClientAuthenticationOptions>? configure = null)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Gateway.Public.Port, Deadline.Token());
        var stream = new SslStream(client.GetStream());
        var options = Trusting(name);
        configure?.Invoke(options);
        await stream.AuthenticateAsClientAsync(options, Deadline.Token());
        return stream;
    }

    /// <summary>The answer to a request, over HTTP/1.1; empty when the connection ended instead.</summary>
    public async Task<string> AskAsync(Action<SslClientAuthenticationOptions>? configure = null, string header = "Accept: */*")
    {
        try
        {
            await using var stream = await OpenAsync("chat.example", configure);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /demo/a HTTP/1.1\r\nHost: chat.example\r\n{header}\r\nConnection: close\r\n\r\n"), Deadline.Token());
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync(Deadline.Token());
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return "";
        }
    }

    public async Task<ClientWebSocket> ConnectAsync(Version version)
    {
        var socket = new ClientWebSocket();
        socket.Options.HttpVersion = version;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        socket.Options.SetRequestHeader("Authorization", "Bearer " + Tokens.For("ann"));
        var invoker = new HttpMessageInvoker(new SocketsHttpHandler { SslOptions = Trusting("chat.example") });
        await socket.ConnectAsync(new Uri($"wss://{Gateway.Public.Authority}/ws/start/blue"), invoker, Deadline.Token());
        return socket;
    }

    public async Task<JsonElement> CertificatesAsync()
    {
        using var http = new HttpClient();
        using var answer = JsonDocument.Parse(await http.GetStringAsync(new Uri(Gateway.Admin, "/certificates"), Deadline.Token()));
        return answer.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        Files.Dispose();
    }

    public static SslClientAuthenticationOptions Trusting(string name) => new()
    {
        TargetHost = name,

        // Whatever it is, as long as it is one: the tests look at it themselves.
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
        CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
    };
}
