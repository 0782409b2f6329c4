using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;

namespace YarpWs.Gateway.Tests.Routes;

/// <summary>A gateway whose settings file the test edits, before two destinations.</summary>
internal sealed class OperatedGateway : IAsyncDisposable
{
    public const int Applied = 1200;
    public const int Refused = 1201;

    private readonly TestGateway _gateway;

    private OperatedGateway(string directory, TestGateway gateway, Destination a, Destination b) => (Directory, _gateway, A, B) = (directory, gateway, a, b);

    public string Directory { get; }

    public string File => Path.Combine(Directory, "gateway.json");

    public Destination A { get; }

    public Destination B { get; }

    public CollectedLog Log => _gateway.Log;

    public HttpClient Http => _gateway.Http;

    public Uri Admin => _gateway.Admin;

    public IServiceProvider Services => _gateway.Services;

    /// <param name="routes">Makes the first text from the addresses of the two destinations.</param>
    /// <param name="settings">What goes over the file, besides what every test needs.</param>
    public static async Task<OperatedGateway> StartAsync(Func<Destination, Destination, string> routes, params (string Key, string? Value)[] settings)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("yarpws-routes-").FullName;
        var (a, b) = (await Destination.StartAsync(), await Destination.StartAsync());
        var file = Path.Combine(directory, "gateway.json");
        await System.IO.File.WriteAllTextAsync(file, routes(a, b));
        var gateway = await TestGateway.StartFromAsync(
            file, [("Authentication:Schemes:Bearer:ValidAudiences:0", "yarpws"), ("Routes:PollInterval", "00:00:00.010"), .. settings]);
        return new OperatedGateway(directory, gateway, a, b);
    }

    /// <summary>A settings file with one cluster and, for each path, a route of the same name that asks for no login.</summary>
    public static string Text(Destination destination, params string[] paths)
    {
        var routes = paths.Select(path => $$"""
                "{{path}}": { "ClusterId": "backend", "AuthorizationPolicy": "anonymous", "Match": { "Path": "/{{path}}/{**rest}" } }
            """);
        return $$"""
            {
              "ReverseProxy": {
                "Routes": {
            {{string.Join(",\n", routes)}}
                },
                "Clusters": { "backend": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } }
              }
            }
            """;
    }

    /// <summary>Saves as most editors do: a new file takes the old one's name.</summary>
    public void Save(string text) => Save(File, text);

    public static void Save(string file, string text)
    {
        System.IO.File.WriteAllText(file + ".new", text);
        System.IO.File.Move(file + ".new", file, overwrite: true);
    }

    public async Task<JsonElement> RoutesAsync() => await Http.GetFromJsonAsync<JsonElement>(new Uri(Admin, "/routes"), Deadline.Token());

    /// <summary>The status that a path is answered with.</summary>
    public async Task<int> AskAsync(string path)
    {
        using var response = await Http.GetAsync(path, Deadline.Token());
        return (int)response.StatusCode;
    }

    public Task<ClientWebSocket> ConnectAsync(string path, Action<ClientWebSocketOptions>? configure = null) => _gateway.ConnectAsync(path, configure);

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await A.DisposeAsync();
        await B.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
