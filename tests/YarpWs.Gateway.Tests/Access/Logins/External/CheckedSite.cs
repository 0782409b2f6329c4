using System.Net.WebSockets;
using System.Text;
using YarpWs.Gateway.Setup;

namespace YarpWs.Gateway.Tests.Access.Logins.External;

/// <summary>A gateway whose route <c>/people/…</c> lets in whom a checker knows, before a destination that keeps what it gets.</summary>
internal sealed class CheckedSite : IAsyncDisposable
{
    private readonly string _folder;

    private CheckedSite(Checker checker, Destination destination, TestGateway gateway, string folder) =>
        (Checker, Destination, Gateway, _folder) = (checker, destination, gateway, folder);

    public Checker Checker { get; }

    public Destination Destination { get; }

    public TestGateway Gateway { get; }

    public static async Task<CheckedSite> StartAsync(params (string Key, string? Value)[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("yarpws-logins-").FullName;
        var key = Path.Combine(folder, "login.json");
        SigningKeyFile.Write(key, SigningAlgorithm.ES256);
        var checker = await Checker.StartAsync();
        var destination = await Destination.StartAsync();
        var gateway = await TestGateway.StartAsync(
            destination,
            destination,
            [
                ("LoginTokens:KeyFiles:0", key),
                ("Authentication:Checks:site:Cluster", "site"),
                ("Authentication:Checks:site:Path", "/auth/check"),
                ("Authentication:Checks:site:Cookies:0", "sessionid"),
                ("Authentication:Checks:site:Timeout", "00:00:20"),
                ("Authorization:Policies:people:Check", "site"),
                ("Authorization:Policies:editors:Check", "site"),
                ("Authorization:Policies:editors:Roles:0", "editor"),
                ("ReverseProxy:Clusters:site:Destinations:a:Address", checker.Address),
                ("ReverseProxy:Routes:people:ClusterId", "backend"),
                ("ReverseProxy:Routes:people:AuthorizationPolicy", "people"),
                ("ReverseProxy:Routes:people:Match:Path", "/people/{**rest}"),
                ("ReverseProxy:Routes:editors:ClusterId", "backend"),
                ("ReverseProxy:Routes:editors:AuthorizationPolicy", "editors"),
                ("ReverseProxy:Routes:editors:Match:Path", "/editors/{**rest}"),
                .. settings,
            ]);
        return new CheckedSite(checker, destination, gateway, folder);
    }

    public async Task<HttpResponseMessage> GetAsync(string path, string? cookie, params (string Name, string Value)[] headers)
    {
        using var request = Request(HttpMethod.Get, path, cookie, headers);
        return await Gateway.Http.SendAsync(request, Deadline.Token());
    }

    public Task<HttpResponseMessage> PostAsync(string path, string? cookie, params (string Name, string Value)[] headers) => PostAsync(path, cookie, json: null, headers);

    public async Task<HttpResponseMessage> PostAsync(string path, string? cookie, string? json, params (string Name, string Value)[] headers)
    {
        using var request = Request(HttpMethod.Post, path, cookie, headers);
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        return await Gateway.Http.SendAsync(request, Deadline.Token());
    }

    public Task<ClientWebSocket> ConnectAsync(string path, string cookie) => Gateway.ConnectAsync(path, options => options.SetRequestHeader("Cookie", cookie));

    /// <summary>The code that the gateway closes a socket with.</summary>
    public static async Task<int> CloseCodeAsync(ClientWebSocket socket) => (int)(await socket.ReceiveAsync(new byte[256], Deadline.Token())).CloseStatus!.Value;

    public static async Task ExpectEchoAsync(ClientWebSocket socket)
    {
        await socket.SendAsync("still here"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Deadline.Token());
        Assert.Equal("still here"u8.Length, (await socket.ReceiveAsync(new byte[256], Deadline.Token())).Count);
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Destination.DisposeAsync();
        await Checker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, string? cookie, (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in cookie is null ? headers : [("Cookie", cookie), .. headers])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }
}
