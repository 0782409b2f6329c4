using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

/// <summary>Which requests are sent a second time, and where to.</summary>
public class RequestRetryTests : IAsyncLifetime
{
    private readonly TcpListener _bad = new(IPAddress.Loopback, 0);
    private Destination _good = null!;

    private string BadAddress => $"http://{_bad.LocalEndpoint}";

    public async ValueTask InitializeAsync()
    {
        _bad.Start();
        _good = await Destination.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _bad.Dispose();
        await _good.DisposeAsync();
    }

    [Fact]
    public async Task PostToADestinationThatRefusesTheConnection_IsSentToTheOther()
    {
        await using var gateway = await StartAsync("http://127.0.0.1:1", _good.Address);
        for (var number = 0; number < 4; number++)
        {
            using var content = new StringContent("body");
            using var answer = await gateway.Http.PostAsync(new Uri("/", UriKind.Relative), content, Deadline.Token());
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal(4, _good.Arrivals.Count);
    }

    [Fact]
    public async Task RequestToADestinationThatSaysNothing_IsSentToTheOther_InTime()
    {
        await using var gateway = await StartAsync(BadAddress, _good.Address, ("ReverseProxy:Clusters:backend:Metadata:Connections.FirstByteTimeout", "00:00:02"));
        for (var number = 0; number < 2; number++)
        {
            using var answer = await gateway.Http.GetAsync(new Uri("/", UriKind.Relative), Deadline.Token());
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task RequestThatIsIdleForTooLong_IsSentToTheOther()
    {
        await using var gateway = await StartAsync(BadAddress, _good.Address, ("ReverseProxy:Clusters:backend:HttpRequest:ActivityTimeout", "00:00:02"));
        for (var number = 0; number < 2; number++)
        {
            using var answer = await gateway.Http.GetAsync(new Uri("/", UriKind.Relative), Deadline.Token());
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task GetWithABody_ThatWasSent_IsNotSentTwice()
    {
        await using var gateway = await StartAsync(BadAddress, BadAddress + "/other");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Content = new StringContent("body") };
        var sent = gateway.Http.SendAsync(request, Deadline.Token());
        await AskedAndCutAsync();

        using var answer = await sent;
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.False(_bad.Pending());
    }

    [Fact]
    public async Task GetOnTheOnlyDestination_WhoseConnectionIsReset_IsRepeatedOnce()
    {
        await using var gateway = await StartAsync(BadAddress, null);
        var sent = gateway.Http.GetAsync(new Uri("/", UriKind.Relative), Deadline.Token());
        await AskedAndCutAsync();
        using var again = await _bad.AcceptTcpClientAsync(Deadline.Token());
        await ReadHeadAsync(again);
        await again.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Deadline.Token());

        using var answer = await sent;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>These may be asked twice (RFC 9110, section 9.2.2), and another one must not.</summary>
    [Theory]
    [InlineData("GET", true)]
    [InlineData("HEAD", true)]
    [InlineData("OPTIONS", true)]
    [InlineData("DELETE", false)]
    public async Task RequestToADestinationThatSaysNothing_IsSentToTheOther_IfItMayBeAskedTwice(string method, bool mayBe)
    {
        await using var gateway = await StartAsync(BadAddress, _good.Address, ("ReverseProxy:Clusters:backend:Metadata:Connections.FirstByteTimeout", "00:00:00.500"));
        var answers = new List<HttpStatusCode>();
        for (var number = 0; number < 2; number++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "/");
            using var answer = await gateway.Http.SendAsync(request, Deadline.Token());
            answers.Add(answer.StatusCode);
        }

        Assert.Equal(mayBe, answers.TrueForAll(status => status == HttpStatusCode.OK));
    }

    [Fact]
    public async Task PostOnTheOnlyDestination_WhoseConnectionIsReset_IsNotRepeated()
    {
        await using var gateway = await StartAsync(BadAddress, null);
        using var content = new StringContent("body");
        var sent = gateway.Http.PostAsync(new Uri("/", UriKind.Relative), content, Deadline.Token());
        await AskedAndCutAsync();

        using var answer = await sent;
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.False(_bad.Pending());
    }

    private async Task AskedAndCutAsync()
    {
        using var client = await _bad.AcceptTcpClientAsync(Deadline.Token());
        await ReadHeadAsync(client);
        client.LingerState = new LingerOption(enable: true, seconds: 0);
    }

    private static async Task ReadHeadAsync(TcpClient client)
    {
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            head.Append(Encoding.Latin1.GetString(buffer.AsSpan(0, await client.GetStream().ReadAsync(buffer, Deadline.Token()))));
        }
    }

    private static Task<TestGateway> StartAsync(string a, string? b, params (string, string?)[] settings) => TestGateway.StartFromAsync(
        TestGateway.SettingsFile,
        [
            ("ReverseProxy:Clusters:backend:Destinations:a:Address", a),
            ("ReverseProxy:Clusters:backend:Destinations:b:Address", b ?? a),
            ("ReverseProxy:Clusters:backend:HealthCheck:Active:Enabled", "false"),
            ("ReverseProxy:Clusters:backend:LoadBalancingPolicy", "RoundRobin"),
            .. b is null ? [("ReverseProxy:Routes:home:ClusterId", "alone"), ("ReverseProxy:Clusters:alone:Destinations:a:Address", a)] : Array.Empty<(string, string?)>(),
            .. settings,
        ]);
}
