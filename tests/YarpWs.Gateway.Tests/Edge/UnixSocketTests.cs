using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using YarpWs.Gateway.Tests.Content;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Tests.Edge;

/// <summary>Unix sockets in front of the gateway and behind it.</summary>
public sealed class UnixSocketTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yarpws-unix-");

    private string Front => Path.Combine(_folder.FullName, "front.sock");

    private string Behind => Path.Combine(_folder.FullName, "app.sock");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Listener_AnswersRequests_AndCarriesSockets()
    {
        await using var site = await ListenAsync("");
        using var http = ClientOf(Front);

        using var answer = await http.GetAsync(new Uri("http://a.example/x"), Deadline.Token());
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri("ws://a.example/ws"), http, Deadline.Token());
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, Deadline.Token());
        var echo = new byte[16];
        var received = await socket.ReceiveAsync(echo.AsMemory(), Deadline.Token());

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("hello", System.Text.Encoding.UTF8.GetString(echo, 0, received.Count));
        Assert.Equal("unknown", site.Destination.Arrivals.First().Headers["X-Forwarded-For"]);
    }

    [Theory]
    [InlineData("", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite)]
    [InlineData(", 'SocketMode': '0600'", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(", 'SocketMode': '666'", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)]
    public async Task Mode_IsTheOneThatIsSaid_WhateverTheUmask(string more, UnixFileMode expected)
    {
        await using var site = await ListenAsync(more);

        Assert.True(!OperatingSystem.IsWindows() && File.GetUnixFileMode(Front) == expected);
    }

    [Fact]
    public async Task FileThatADeadProcessLeftBehind_IsNoObstacle()
    {
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(Behind));
            File.Move(Behind, Front);
        }

        await using var site = await ListenAsync("");
        using var http = ClientOf(Front);
        using var answer = await http.GetAsync(new Uri("http://a.example/x"), Deadline.Token());

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task SocketOfALivingProcess_IsLeftAlone_AndNamed()
    {
        using var living = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        living.Bind(new UnixDomainSocketEndPoint(Front));
        living.Listen();

        var exception = await Assert.ThrowsAsync<IOException>(() => ListenAsync(""));

        Assert.Contains(Front, exception.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Front));
    }

    [Fact]
    public async Task FileThatIsNoSocket_IsLeftAlone()
    {
        await File.WriteAllTextAsync(Front, "precious", TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<IOException>(() => ListenAsync(""));

        Assert.Equal("precious", await File.ReadAllTextAsync(Front, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ProxyBehindAUnixSocket_IsBelieved_OnlyWhereItIsTrusted()
    {
        await using (var site = await ListenAsync(""))
        {
            await AskAsync(Front, ("X-Forwarded-For", "203.0.113.9"));
            Assert.Equal("unknown", site.Destination.Arrivals.Single().Headers["X-Forwarded-For"]);
        }

        await using (var site = await ListenAsync("", ", 'Forwarding': { 'TrustedProxies': [ 'unix:' ] }"))
        {
            await AskAsync(Front, ("X-Forwarded-For", "203.0.113.9"));
            Assert.Equal("203.0.113.9", site.Destination.Arrivals.Single().Headers["X-Real-IP"]);
        }
    }

    [Fact]
    public async Task Listener_LeavesNoFileBehind()
    {
        await using (await ListenAsync(""))
        {
            Assert.True(File.Exists(Front));
        }

        Assert.False(File.Exists(Front));
    }

    [Theory]
    [InlineData("'Url': 'http://unix:front.sock'", "Url", "absolute path")]
    [InlineData("'Url': 'http://unix:/FOLDER/front.sock', 'SocketMode': '0888'", "SocketMode", "no mode of a file")]
    [InlineData("'Url': 'http://127.0.0.1:0', 'SocketMode': '0600'", "SocketMode", "this is for Unix sockets")]
    [InlineData("'Url': 'http://systemd:web'", "Url", "systemd has passed on no socket 'web'")]
    [InlineData("'Url': 'http://systemd:'", "Url", "names no socket")]
    public async Task SettingThatIsWrong_StopsTheStart_AndIsNamed(string endpoint, string key, string says)
    {
        var exception = await Assert.ThrowsAsync<InvalidSettingException>(() => SiteGateway.StartWithAsync($"'Kestrel': {{ 'Endpoints': {{ 'Unix': {{ {endpoint} }} }} }}", SiteGateway.Own("'Answer': { }")));

        Assert.Equal($"Kestrel:Endpoints:Unix:{key}", exception.Key);
        Assert.Contains(says, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Destination_GetsRequests_Bodies_AndSockets()
    {
        await using var app = await Destination.StartAsync($"http://unix:{Behind}");
        await using var site = await ForwardAsync($"http://unix:{Behind}");

        var (status, text) = await site.GetAsync("/a%2Fb?x=1");
        using var posted = await site.Http.PostAsync(new Uri("/p", UriKind.Relative), new StringContent(new string('x', 100_000)), Deadline.Token());
        using var socket = await site.Gateway.ConnectAsync("/ws");
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, Deadline.Token());
        var received = await socket.ReceiveAsync(new byte[16].AsMemory(), Deadline.Token());

        Assert.Equal((HttpStatusCode.OK, "answer", HttpStatusCode.OK, 5), (status, text, posted.StatusCode, received.Count));
        Assert.Equal(["/a%2Fb?x=1", "/p", "/ws"], app.Arrivals.Select(arrival => arrival.Target));
        Assert.All(app.Arrivals, arrival => Assert.Equal(site.Http.BaseAddress!.Authority, arrival.Headers["Host"]));
        using var view = await new HttpClient().GetAsync(new Uri(site.Gateway.Admin, "/destinations"), Deadline.Token());
        Assert.Contains($"http://unix:{Behind}", await view.Content.ReadAsStringAsync(Deadline.Token()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DestinationWithAPath_HasItInFront()
    {
        await using var app = await Destination.StartAsync($"http://unix:{Behind}");
        await using var site = await ForwardAsync($"http://unix:{Behind}:/base");

        await site.GetAsync("/x");

        Assert.Equal("/base/x", app.Arrivals.Single().Target);
    }

    [Fact]
    public async Task DestinationThatIsTold_NoHostOfTheClients_HearsOfLocalhost()
    {
        await using var app = await Destination.StartAsync($"http://unix:{Behind}");
        await using var site = await ForwardAsync($"http://unix:{Behind}", "'Transforms': [ { 'RequestHeaderOriginalHost': 'false' } ]");

        await site.GetAsync("/x");

        Assert.Equal("localhost", app.Arrivals.Single().Headers["Host"]);
    }

    [Fact]
    public async Task DestinationThatIsNotThere_Is502_AndTheNextOneIsAsked()
    {
        await using var site = await ForwardAsync($"http://unix:{Behind}");

        Assert.Equal(HttpStatusCode.BadGateway, (await site.GetAsync("/x")).Status);

        await using var app = await Destination.StartAsync($"http://unix:{Behind}");
        Assert.Equal(HttpStatusCode.OK, (await site.GetAsync("/x")).Status);
    }

    private Task<SiteGateway> ListenAsync(string more, string sections = "") =>
        SiteGateway.StartWithAsync($"'Kestrel': {{ 'Endpoints': {{ 'Unix': {{ 'Url': 'http://unix:{Front}'{more} }} }} }}{sections}", SiteGateway.Forwarded(""));

    private static Task<SiteGateway> ForwardAsync(string address, string more = "") =>
        SiteGateway.StartBesideAsync($"'Destinations': {{ 'a': {{ 'Address': '{address}' }} }}", SiteGateway.Forwarded(more).Replace("'c'", "'d'", StringComparison.Ordinal));

    private static HttpClient ClientOf(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, stop) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    private static async Task AskAsync(string path, (string Name, string Value) header)
    {
        using var http = ClientOf(path);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://a.example/x");
        request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        (await http.SendAsync(request, Deadline.Token())).Dispose();
    }
}
