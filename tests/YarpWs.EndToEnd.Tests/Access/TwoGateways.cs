using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>Where clients connect, and where operators do.</summary>
internal sealed record TestGateway(Uri Address, Uri Admin);

/// <summary>The gateway of a cluster and one more, on the same Redis; the cluster ends both. And how users and operators ask any gateway.</summary>
internal sealed record TwoGateways(TestGateway A, TestGateway B)
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

    public static async Task<TwoGateways> StartAsync(TestCluster cluster, params (string Key, string Value)[] settings)
    {
        var (address, admin) = await cluster.StartGatewayAsync(settings);
        return new TwoGateways(new TestGateway(cluster.Gateway, cluster.Admin), new TestGateway(address, admin));
    }

    /// <summary>A user that no other test knows.</summary>
    public static string User() => "user-" + Guid.NewGuid().ToString("N");

    /// <summary>A token with all that a login may be known by.</summary>
    public static string Sign(string user, string? session = null, string? id = null, int issuedInSeconds = 0, int expiresInSeconds = 3600)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return SignedToken.Hs256(Tokens.Key, new(SignedToken.Claims(user))
        {
            ["sid"] = session ?? user,
            ["jti"] = id ?? Guid.NewGuid().ToString(),
            ["iat"] = now + issuedInSeconds,
            ["exp"] = now + expiresInSeconds,
        });
    }

    public static Task<RawWebSocket> ConnectAsync(TestGateway gateway, string token) =>
        RawWebSocket.ConnectAsync(gateway.Address, $"/ws/start/{TestCluster.Room()}", $"Authorization: Bearer {token}");

    public static async Task<HttpStatusCode> AskAsync(TestGateway gateway, string token) => (await SendAsync(HttpMethod.Get, new Uri(gateway.Address, "/api/x"), token)).Status;

    public static Task<(HttpStatusCode Status, JsonNode? Body)> RevokeAsync(TestGateway gateway, string order) =>
        SendAsync(HttpMethod.Post, new Uri(gateway.Admin, "/revocations"), token: null, order);

    public static Task<(HttpStatusCode Status, JsonNode? Body)> PostAsync(TestGateway gateway, string path, string token, string? json = null, string? origin = null) =>
        SendAsync(HttpMethod.Post, new Uri(gateway.Address, path), token, json, origin);

    /// <summary>Waits until a gateway refuses a token that it would let in.</summary>
    public static Task WaitUntilRefusedAsync(TestGateway gateway, string token) => Eventually.IsAsync(
        async _ => await AskAsync(gateway, token) == HttpStatusCode.Unauthorized, "the token to be refused", Deadline.Length);

    /// <summary>Waits until a gateway calls itself ready; what it says of its parts.</summary>
    public static async Task<JsonNode> PartsWhenReadyAsync(TestGateway gateway)
    {
        JsonNode? parts = null;
        await Eventually.IsAsync(
            async _ =>
            {
                var (status, body) = await ReadinessAsync(gateway);
                parts = body["parts"];
                return status == HttpStatusCode.OK;
            },
            "the gateway to be ready",
            Deadline.Length,
            () => parts!.ToJsonString());
        return parts!;
    }

    public static async Task<(HttpStatusCode Status, JsonNode Body)> ReadinessAsync(TestGateway gateway)
    {
        var (status, body) = await SendAsync(HttpMethod.Get, new Uri(gateway.Admin, "/readyz"), token: null);
        return (status, body!);
    }

    /// <summary>Waits until a gateway says of its Redis that it is ready, or is not.</summary>
    public static Task WaitUntilRedisIsAsync(TestGateway gateway, bool ready) => Eventually.IsAsync(
        async _ => ((string?)(await ReadinessAsync(gateway)).Body["parts"]!["redis"] == "ready") == ready,
        $"Redis to be {(ready ? "ready" : "away")}",
        Deadline.Length);

    private static async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(HttpMethod method, Uri address, string? token, string? json = null, string? origin = null)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (answer.StatusCode, body.StartsWith('{') ? JsonNode.Parse(body) : null);
    }
}
