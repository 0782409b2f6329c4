using System.Net;
using System.Text;

namespace YarpWs.Gateway.Tests.Content;

/// <summary>A gateway whose routes a test writes, with a folder of files beside its settings and a destination as the cluster "c".</summary>
internal sealed class SiteGateway : IAsyncDisposable
{
    private readonly TestGateway _gateway;
    private readonly DirectoryInfo _folder;

    private SiteGateway(TestGateway gateway, Destination destination, DirectoryInfo folder) => (_gateway, Destination, _folder) = (gateway, destination, folder);

    public Destination Destination { get; }

    public HttpClient Http => _gateway.Http;

    public TestGateway Gateway => _gateway;

    public string Folder => _folder.FullName;

    /// <param name="routes">The routes, with single quotes for double ones; each lets everybody in unless it says otherwise.</param>
    /// <param name="files">Files below the folder: names and texts.</param>
    public static Task<SiteGateway> StartAsync(string routes, params (string Name, string Text)[] files) => StartWithAsync("", routes, files);

    /// <param name="sections">What stands beside <c>ReverseProxy</c>, with single quotes and without a comma at the end; empty for nothing.</param>
    /// <param name="routes">As of <see cref="StartAsync"/>.</param>
    /// <param name="files">As of <see cref="StartAsync"/>.</param>
    public static Task<SiteGateway> StartWithAsync(string sections, string routes, params (string Name, string Text)[] files) => StartWithAsync(sections, routes, "", files);

    /// <param name="cluster">The cluster "d", without its braces; empty for none.</param>
    /// <param name="routes">As of <see cref="StartAsync"/>.</param>
    /// <param name="sections">As of <see cref="StartWithAsync(string, string, ValueTuple{string, string}[])"/>.</param>
    public static Task<SiteGateway> StartBesideAsync(string cluster, string routes, string sections = "") => StartWithAsync(sections, routes, $", 'd': {{ {cluster} }}".Replace('\'', '"'), []);

    private static async Task<SiteGateway> StartWithAsync(string sections, string routes, string clusters, (string Name, string Text)[] files)
    {
        var destination = await Destination.StartAsync();
        var folder = Directory.CreateTempSubdirectory("yarpws-site-");
        foreach (var (name, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder.FullName, name))!);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, name), text);
        }

        var settings = Path.Combine(folder.FullName, "gateway.json");
        await File.WriteAllTextAsync(settings, $$"""
            { {{(sections.Length == 0 ? "" : sections.Replace('\'', '"') + ",")}} "ReverseProxy": { "Routes": { {{routes.Replace('\'', '"')}} }, "Clusters": { "c": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } }{{clusters}} } } }
            """);
        try
        {
            return new SiteGateway(await TestGateway.StartAsItIsAsync(settings), destination, folder);
        }
        catch
        {
            await destination.DisposeAsync();
            folder.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>A route to files below the folder "www".</summary>
    public static string Files(string more = "") => $"'files': {{ 'Match': {{ 'Path': '/{{**path}}' }}, 'AuthorizationPolicy': 'anonymous', 'Files': {{ 'Root': 'www'{more} }} }}";

    /// <summary>A route to the destination.</summary>
    public static string Forwarded(string more, string path = "/{**path}", string id = "r") =>
        $"'{id}': {{ 'ClusterId': 'c', 'Match': {{ 'Path': '{path}' }}, 'AuthorizationPolicy': 'anonymous'{(more.Length > 0 ? ", " + more : "")} }}";

    /// <summary>A route without a destination.</summary>
    public static string Own(string more, string path = "/{**path}", string id = "r") =>
        $"'{id}': {{ 'Match': {{ 'Path': '{path}' }}, 'AuthorizationPolicy': 'anonymous', {more} }}";

    public string PathOf(string name) => Path.Combine(Folder, name);

    public async Task<(HttpStatusCode Status, string Text)> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var answer = await AskAsync(HttpMethod.Get, path, headers);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public Task<HttpResponseMessage> AskAsync(string path, params (string Name, string Value)[] headers) => AskAsync(HttpMethod.Get, path, headers);

    public async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Http.SendAsync(request, Deadline.Token());
    }

    /// <summary>Asks for a target as it stands, which no client of the platform's would leave alone; returns the status line's number.</summary>
    public async Task<int> StatusOfRawAsync(string target) =>
        int.Parse((await _gateway.SendRawAsync($"GET {target} HTTP/1.1", "Host: a.example")).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await Destination.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

internal static class BasicLogin
{
    public static (string Name, string Value) Of(string user, string password) => ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
}
