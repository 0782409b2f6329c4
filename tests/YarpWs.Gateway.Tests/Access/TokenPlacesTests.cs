using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Access;

namespace YarpWs.Gateway.Tests.Access;

public sealed class TokenPlacesTests
{
    private const string Token = "eyJ.a-b_c.sig";

    private static string Subprotocol(string token = Token) =>
        "base64url.bearer.authorization.k8s.io." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(token));

    private static HttpRequest Relay(Action<HttpRequest> arrange, string? cookie = null)
    {
        var context = new DefaultHttpContext();
        arrange(context.Request);
        new TokenRelay(_ => Task.CompletedTask, tickets: null!, Options.Create(new AccessOptions { Cookie = cookie })).InvokeAsync(context).GetAwaiter().GetResult();
        return context.Request;
    }

    [Theory]
    [InlineData("?access_token=" + Token, "")]
    [InlineData("?a=%2F&access_token=" + Token + "&b=+c", "?a=%2F&b=+c")]
    [InlineData("?access_token=" + Token + "&a=1", "?a=1")]
    [InlineData("?access%5ftoken=" + Token + "&a=1", "?a=1")]
    [InlineData("?ACCESS_TOKEN=" + Token, "")]
    [InlineData("?access_token=" + Token + "&access_token=other", "")]
    public void QueryToken_IsTaken_AndTheRestKeepsItsBytes(string query, string rest)
    {
        var request = Relay(request => request.QueryString = new QueryString(query));

        Assert.Equal("Bearer " + Token, request.Headers.Authorization);
        Assert.Equal(rest, request.QueryString.Value);
    }

    [Theory]
    [InlineData("?a=1&&b")]
    [InlineData("?my_access_token=1")]
    [InlineData("?a=access_token")]
    [InlineData("?")]
    public void Query_WithoutAToken_IsNotTouched(string query)
    {
        var request = Relay(request => request.QueryString = new QueryString(query));

        Assert.Equal(query, request.QueryString.Value);
        Assert.Empty(request.Headers.Authorization.ToString());
    }

    [Theory]
    [InlineData("token=" + Token, "")]
    [InlineData("a=1; token=" + Token + "; b=\"2\"", "a=1; b=\"2\"")]
    [InlineData("token=" + Token + "; a=1", "a=1")]
    public void CookieToken_IsTaken_AndTheOthersKeepTheirBytes(string cookies, string rest)
    {
        var request = Relay(request => request.Headers.Cookie = cookies, cookie: "token");

        Assert.Equal("Bearer " + Token, request.Headers.Authorization);
        Assert.Equal(rest, request.Headers.Cookie.ToString());
        Assert.True(request.HttpContext.Features.Get<TokenLocation>()!.FromCookie);
    }

    [Fact]
    public void Cookie_ThatIsNotNamed_IsNotTouched()
    {
        var request = Relay(request => request.Headers.Cookie = "token=" + Token);

        Assert.Equal("token=" + Token, request.Headers.Cookie);
        Assert.False(request.Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public void SubprotocolToken_IsTaken_AndTheOthersStayInOrder()
    {
        var request = Relay(request => request.Headers.SecWebSocketProtocol = $"v2.chat, {Subprotocol()}, v1.chat");

        Assert.Equal("Bearer " + Token, request.Headers.Authorization);
        Assert.Equal("v2.chat, v1.chat", request.Headers.SecWebSocketProtocol);
    }

    [Fact]
    public void SubprotocolToken_InAnotherCase_IsTaken_AndDoesNotGoOn()
    {
        var token = Subprotocol();
        var prefix = token[..(token.LastIndexOf('.') + 1)];

        var request = Relay(request => request.Headers.SecWebSocketProtocol = $"v1.chat, {prefix.ToUpperInvariant()}{token[prefix.Length..]}");

        Assert.Equal("Bearer " + Token, request.Headers.Authorization);
        Assert.Equal("v1.chat", request.Headers.SecWebSocketProtocol);
    }

    [Fact]
    public void SubprotocolToken_Alone_LeavesNoHeader()
    {
        var request = Relay(request => request.Headers.SecWebSocketProtocol = Subprotocol());

        Assert.False(request.Headers.ContainsKey("Sec-WebSocket-Protocol"));
    }

    [Fact]
    public void Tokens_InEveryPlace_TheHeaderWins_AndTheOthersGo()
    {
        var request = Relay(
            request =>
            {
                request.Headers.Authorization = "bearer first";
                request.Headers.SecWebSocketProtocol = Subprotocol("second");
                request.QueryString = new QueryString("?access_token=third");
                request.Headers.Cookie = "token=fourth";
            },
            cookie: "token");

        Assert.Equal("Bearer first", request.Headers.Authorization);
        Assert.False(request.Headers.ContainsKey("Sec-WebSocket-Protocol"));
        Assert.False(request.Headers.ContainsKey("Cookie"));
        Assert.Equal("", request.QueryString.Value);
    }

    [Fact]
    public void Token_ThatIsNoToken_DoesNotReachAHeader()
    {
        var request = Relay(request => request.QueryString = new QueryString("?access_token=a%0d%0aX-Evil:1"));

        Assert.False(request.Headers.ContainsKey("Authorization"));
        Assert.Equal("", request.QueryString.Value);
    }
}
