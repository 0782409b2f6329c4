using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Access;

/// <summary>A token is found in each of its places, taken out of it, and handed to the backend in Authorization alone.</summary>
public sealed class TokenPlaceTests(TokenPlaceTests.WithCookie withCookie) : IClassFixture<TokenPlaceTests.WithCookie>
{
    private const string Other = "yarpws-another-token";

    private readonly EchoGateway _gateway = withCookie.Gateway;
    private readonly string _token = Tokens.For("ann");

    [Theory]
    [InlineData("header", Way.Request)]
    [InlineData("header", Way.Handshake)]
    [InlineData("cookie", Way.Request)]
    [InlineData("cookie", Way.Handshake)]
    [InlineData("subprotocol", Way.Handshake)]
    [InlineData("query", Way.Request)]
    [InlineData("query", Way.Handshake)]
    public async Task Token_IsFound_AndArrivesInAuthorizationAlone(string place, Way way)
    {
        var path = way == Way.Request ? "/api/x" : "/ws/start/x";
        var arrival = place switch
        {
            "header" => await _gateway.SendAsync(way, path, $"Authorization: bearer  {_token}"),
            "cookie" => await _gateway.SendAsync(way, path, $"Cookie: session={_token}"),
            "subprotocol" => await _gateway.SendAsync(way, path, $"Sec-WebSocket-Protocol: chat, {Tokens.AsSubprotocol(_token)}"),
            _ => await _gateway.SendAsync(way, $"{path}?access_token={_token}"),
        };

        ExpectOnlyInAuthorization(arrival);
        Assert.Equal(path, arrival.Target);
        Assert.Null(arrival.Header("Cookie"));
    }

    [Theory]
    [InlineData(Way.Request)]
    [InlineData(Way.Handshake)]
    public async Task Token_InEveryPlaceAtOnce_IsTakenOutOfAll(Way way)
    {
        var arrival = await _gateway.SendAsync(
            way,
            $"/ws/start/x?access_token={Other}",
            $"Authorization: Bearer {_token}",
            $"Cookie: session={Other}",
            $"Sec-WebSocket-Protocol: {Tokens.AsSubprotocol(Other)}");

        ExpectOnlyInAuthorization(arrival);
        Assert.DoesNotContain(Other, arrival.Without(""), StringComparison.Ordinal);
        Assert.Null(arrival.Header("Sec-WebSocket-Protocol"));
    }

    public static MatrixTheoryData<(string Sent, string Arrived), Way> Queries => new(
        [
            ("?access_token={token}&a=1&&b", "?a=1&&b"),
            ("?a=1&&b&access_token={token}", "?a=1&&b"),
            ("?a=1&access_token={token}&b=", "?a=1&b="),
            ("?a=%2f%41%7E&access_token={token}&b=+%20%zz&=&%", "?a=%2f%41%7E&b=+%20%zz&=&%"),
            ("?a=1&access_token={token}&access_token={token}", "?a=1"),
            ("?%61ccess%5Ftoken={token}&a=1", "?a=1"),
            ("?ACCESS_TOKEN={token}&a=1", "?a=1"),
            ("?a=access_token&access_token={token}&access_tokens=2", "?a=access_token&access_tokens=2"),
            ("?access_token={token}&a=?access_token", "?a=?access_token"),
        ],
        [Way.Request, Way.Handshake]);

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task QueryToken_LeavesTheOtherParametersAsWritten((string Sent, string Arrived) query, Way way)
    {
        var arrival = await _gateway.SendAsync(way, "/ws/start/x" + query.Sent.Replace("{token}", _token, StringComparison.Ordinal));

        ExpectOnlyInAuthorization(arrival);
        Assert.Equal("/ws/start/x" + query.Arrived, arrival.Target);
    }

    public static MatrixTheoryData<(string Sent, string? Arrived), Way> Cookies => new(
        [
            ("session={token}", null),
            ("session=\"{token}\"", null),
            ("a=1; session={token}; b=\"x y\"; c", "a=1; b=\"x y\"; c"),
            ("session={token}; a=%41;;b=;=c", "a=%41;;b=;=c"),
            ("a=1;session={token}", "a=1"),
            ("xsession=1; session={token}; sessionx=2; Session=3", "xsession=1; sessionx=2; Session=3"),
            ("session={token}; session={token}; a=1", "a=1"),
            ("session = {token}; a=session", "a=session"),
        ],
        [Way.Request, Way.Handshake]);

    [Theory]
    [MemberData(nameof(Cookies))]
    public async Task CookieToken_LeavesTheOtherCookiesAsWritten((string Sent, string? Arrived) cookie, Way way)
    {
        var arrival = await _gateway.SendAsync(way, "/ws/start/x", "Cookie: " + cookie.Sent.Replace("{token}", _token, StringComparison.Ordinal));

        ExpectOnlyInAuthorization(arrival);
        Assert.Equal(cookie.Arrived, arrival.Header("Cookie"));
    }

    [Theory]
    [InlineData("{token}", null)]
    [InlineData("v2.chat, {token}, chat", "v2.chat, chat")]
    [InlineData("{token}, chat", "chat")]
    [InlineData("{token}, {token},chat", "chat")]
    public async Task SubprotocolToken_LeavesTheOtherSubprotocols(string sent, string? arrived)
    {
        var header = "Sec-WebSocket-Protocol: " + sent.Replace("{token}", Tokens.AsSubprotocol(_token), StringComparison.Ordinal);

        await using var socket = await _gateway.AskAsync(Way.Handshake, "/ws/start/x", header);
        var arrival = await _gateway.SendAsync(Way.Handshake, "/ws/start/x", header);

        ExpectOnlyInAuthorization(arrival);
        Assert.Equal(arrived, arrival.Header("Sec-WebSocket-Protocol"));
        Assert.Equal(arrived?.Split(',')[0], socket.Header("Sec-WebSocket-Protocol"));
    }

    [Theory]
    [InlineData("/ws/start/x?access_token=a%0d%0aX-User-Id:%20root")]
    [InlineData("/ws/start/x?access_token=%E4%B8%AD")]
    [InlineData("/ws/start/x?access_token")]
    [InlineData("/ws/start/x?access_token=")]
    public async Task QueryToken_ThatIsNoToken_Is401(string target)
    {
        await using var request = await _gateway.AskAsync(Way.Request, target);
        await using var handshake = await _gateway.AskAsync(Way.Handshake, target);

        Assert.Equal((401, 401), (request.Status, handshake.Status));
    }

    [Theory]
    [InlineData("?access_token=a%0d%0aX-User-Id:%20root&a=1", Way.Request)]
    [InlineData("?access_token=a%0d%0aX-User-Id:%20root&a=1", Way.Handshake)]
    public async Task QueryToken_ThatIsNoToken_GoesNowhere(string query, Way way)
    {
        var arrival = await _gateway.SendAsync(way, "/open/x" + query);

        Assert.Equal("/open/x?a=1", arrival.Target);
        Assert.Null(arrival.Header("Authorization"));
        Assert.Null(arrival.Header("X-User-Id"));
    }

    [Fact]
    public async Task Cookie_WithoutTheSetting_IsNoToken()
    {
        await using var gateway = await EchoGateway.StartAsync();

        await using var answer = await gateway.AskAsync(Way.Handshake, "/ws/start/x", $"Cookie: session={_token}");

        Assert.Equal(401, answer.Status);
    }

    private void ExpectOnlyInAuthorization(Arrival arrival)
    {
        Assert.Equal("Bearer " + _token, arrival.Header("Authorization"));
        Assert.DoesNotContain(_token.Split('.')[2], arrival.Without("Authorization"), StringComparison.Ordinal);
        Assert.DoesNotContain(Tokens.AsSubprotocol(_token), arrival.Without("Authorization"), StringComparison.Ordinal);
    }

    public sealed class WithCookie : IAsyncLifetime
    {
        public EchoGateway Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Gateway = await EchoGateway.StartAsync(("Access:Cookie", "session"));

        public ValueTask DisposeAsync() => Gateway.DisposeAsync();
    }
}
