using System.Net;
using System.Text.Json;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>A browser by hand: it keeps cookies, asks for pages and data as browsers do, and goes where it is sent only when told to.</summary>
internal sealed class Person : IDisposable
{
    public const string Html = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    private readonly HttpClient _http;

    public Person() => _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, CookieContainer = Cookies });

    public CookieContainer Cookies { get; } = new();

    /// <summary>Of the kind that every gateway of the test's gets: cookies know no ports.</summary>
    public string CookieHeader(Uri gateway) => Cookies.GetCookieHeader(gateway);

    /// <summary>Opens a page, and stays where the answer is.</summary>
    public Task<HttpResponseMessage> OpenAsync(Uri address) => SendAsync(HttpMethod.Get, address, ("Accept", Html), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"));

    /// <summary>Opens a page, and goes wherever it is sent.</summary>
    public async Task<HttpResponseMessage> FollowAsync(Uri address)
    {
        for (var hop = 0; hop < 10; hop++)
        {
            var answer = await OpenAsync(address);
            if (answer.Headers.Location is not { } location)
            {
                return answer;
            }

            address = new Uri(address, location);
            answer.Dispose();
        }

        throw new InvalidOperationException("The page is sent around for ever.");
    }

    /// <summary>Opens a page that logs in; what reached the backend in the end.</summary>
    public async Task<Arrival> LogInAsync(Uri gateway, string path = "/app/page")
    {
        using var answer = await FollowAsync(new Uri(gateway, path));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        return await ReadAsync(answer);
    }

    /// <summary>Asks for data, as a script does.</summary>
    public Task<HttpResponseMessage> FetchAsync(Uri address) => SendAsync(HttpMethod.Get, address, ("Accept", "*/*"), ("Sec-Fetch-Mode", "cors"));

    /// <summary>Sends the form that logs out, from a page of an origin; from one of the gateway's own where none is given.</summary>
    public Task<HttpResponseMessage> LogOutAsync(Uri gateway, string? origin = null, string accept = Html) =>
        SendAsync(HttpMethod.Post, new Uri(gateway, "/auth/logout"), ("Accept", accept), ("Origin", origin ?? gateway.GetLeftPart(UriPartial.Authority)));

    /// <summary>Opens a socket as a page of the gateway's own origin, and reads what the backend was asked.</summary>
    public async Task<(RawWebSocket Socket, Arrival Arrival)> ConnectAsync(Uri gateway)
    {
        var socket = await RawWebSocket.ConnectAsync(gateway, "/ws/x", $"Cookie: {CookieHeader(gateway)}", $"Origin: {gateway.GetLeftPart(UriPartial.Authority)}");
        return (socket, JsonSerializer.Deserialize<Arrival>((await socket.ReadFrameAsync("the backend's report"))!.Text)!);
    }

    public static async Task<Arrival> ReadAsync(HttpResponseMessage answer) =>
        JsonSerializer.Deserialize<Arrival>(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, address);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _http.Dispose();
}
