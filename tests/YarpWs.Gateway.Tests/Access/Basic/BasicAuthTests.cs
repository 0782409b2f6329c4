using System.Net;
using System.Net.WebSockets;
using System.Text;
using YarpWs.Gateway.Tests.Content;

namespace YarpWs.Gateway.Tests.Access.Basic;

/// <summary>Routes that ask for a user and a password.</summary>
public sealed class BasicAuthTests
{
    private static readonly (string Name, string Text) Users = ("users", "ann:{SHA}7weT91acvlzOMxmgjxN6RzagukI=");

    [Fact]
    public async Task Stranger_IsAskedForAUser()
    {
        await using var site = await StartAsync();

        using var answer = await site.AskAsync("/");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Basic realm=\"Staff\", charset=\"UTF-8\"", answer.Headers.WwwAuthenticate.ToString());
        Assert.Empty(site.Destination.Arrivals);
    }

    [Fact]
    public async Task User_IsLetIn_AndThePasswordStaysHere()
    {
        await using var site = await StartAsync(", 'RequestHeaders': [ { 'Name': 'X-User', 'Value': '$remote_user' } ]");

        Assert.Equal((HttpStatusCode.OK, "answer"), await site.GetAsync("/", BasicLogin.Of("ann", "päss:word")));

        var headers = Assert.Single(site.Destination.Arrivals, arrival => arrival.Target == "/").Headers;
        Assert.Equal("ann", headers["X-User"]);
        Assert.DoesNotContain("Authorization", headers.Keys);
    }

    [Fact]
    public async Task User_StandsInTheLog()
    {
        await using var site = await StartAsync();

        await site.GetAsync("/", BasicLogin.Of("ann", "päss:word"));

        Assert.Contains(", user ann,", await site.Gateway.Log.ExpectAsync(1900), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Password_GoesOn_WhereItIsMeantTo()
    {
        await using var site = await SiteGateway.StartAsync(SiteGateway.Forwarded("'BasicAuth': { 'File': 'users', 'Forward': true }"), Users);
        var login = BasicLogin.Of("ann", "päss:word");

        await site.GetAsync("/", login);

        Assert.Equal(login.Value, Assert.Single(site.Destination.Arrivals, arrival => arrival.Target == "/").Headers["Authorization"]);
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("Basic !!!")]
    [InlineData("Basic YW5u")]
    [InlineData("Basic YW5uOndyb25n")]
    [InlineData("Bearer YW5uOnDDpHNzOndvcmQ=")]
    public async Task Header_ThatSaysNoUser_IsRefused(string header)
    {
        await using var site = await StartAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, (await site.GetAsync("/", ("Authorization", header))).Status);
        Assert.Empty(site.Destination.Arrivals);
    }

    [Fact]
    public async Task Password_StandsInNoLog()
    {
        await using var site = await StartAsync();

        await site.GetAsync("/", BasicLogin.Of("ann", "päss:word"));
        await site.GetAsync("/", BasicLogin.Of("ann", "päss:wrong"));

        var secrets = new[] { "päss", Convert.ToBase64String(Encoding.UTF8.GetBytes("ann:päss:word")), Convert.ToBase64String(Encoding.UTF8.GetBytes("ann:päss:wrong")) };
        Assert.DoesNotContain(site.Gateway.Log.Lines, line => secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Handshake_IsAskedLikeAnyRequest()
    {
        await using var site = await StartAsync();

        await Assert.ThrowsAsync<WebSocketException>(() => site.Gateway.ConnectAsync("/ws"));
        using var socket = await site.Gateway.ConnectAsync("/ws", options => options.SetRequestHeader("Authorization", BasicLogin.Of("ann", "päss:word").Value));
        Assert.Equal(WebSocketState.Open, socket.State);
    }

    [Fact]
    public async Task File_ThatIsNotThere_StopsTheStart()
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => SiteGateway.StartAsync(SiteGateway.Own("'Answer': { }, 'BasicAuth': { 'File': 'none' }")));

        Assert.Contains("ReverseProxy:Routes:r:BasicAuth:File: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("none: no such file; expected one that htpasswd has made.", refused.Message, StringComparison.Ordinal);
    }

    private static Task<SiteGateway> StartAsync(string more = "") =>
        SiteGateway.StartAsync(SiteGateway.Forwarded($"'BasicAuth': {{ 'Realm': 'Staff', 'File': 'users' }}{more}"), Users);
}
