namespace YarpWs.Gateway.Tests.Forwarding;

/// <summary>Transforms change the path as the client wrote it.</summary>
public sealed class PathTransformTests
{
    [Theory]
    [InlineData("PathPrefix", "/v2", "/open/a%2Fb", "/v2/open/a%2Fb")]
    [InlineData("PathPrefix", "/v2/", "/open/a%2fb%5C%25/", "/v2/open/a%2fb%5C%25/")]
    [InlineData("PathPrefix", "/a b", "/open/x", "/a%20b/open/x")]
    [InlineData("PathPrefix", "/a%20b%2Fc", "/open/x", "/a%20b%2Fc/open/x")]
    [InlineData("PathPrefix", "/v2", "/open/a/%2e%2e/b%2Fc", "/v2/open/b%2Fc")]
    [InlineData("PathRemovePrefix", "/open", "/open/a%2Fb//c/", "/a%2Fb//c/")]
    [InlineData("PathRemovePrefix", "/open", "/OPEN/a%2Fb", "/a%2Fb")]
    [InlineData("PathRemovePrefix", "/open", "/%6Fpen/a%2Fb", "/a%2Fb")]
    [InlineData("PathRemovePrefix", "/open/a b", "/open/a%20b/%2F", "/%2F")]
    [InlineData("PathRemovePrefix", "/open/a%2Fb", "/open/a%2fb/c", "/c")]
    [InlineData("PathRemovePrefix", "/open", "/open/", "/")]
    [InlineData("PathRemovePrefix", "/open", "/open", "/")]
    [InlineData("PathRemovePrefix", "/op", "/open/a%2Fb", "/open/a%2Fb")]
    [InlineData("PathSet", "/fixed%2Fpath", "/open/a", "/fixed%2Fpath")]
    [InlineData("PathSet", "fixed", "/open/a", "/fixed")]
    [InlineData("PathPattern", "/v2/{**rest}", "/open/a%2Fb%20c/d", "/v2/a%2Fb%20c/d")]
    [InlineData("PathPattern", "/v2/{**rest}", "/open/a/", "/v2/a/")]
    [InlineData("PathPattern", "/v2/{**rest}", "/open/a//b//", "/v2/a//b//")]
    [InlineData("PathPattern", "/v2/{**rest}", "/open/%252F%2541", "/v2/%252F%2541")]
    [InlineData("PathPattern", "/v2/{**rest}", "/open/", "/v2/")]
    [InlineData("PathPattern", "/v2/{**rest}", "/open", "/v2")]
    [InlineData("PathPattern", "/v2/{*rest}", "/open/a/b", "/v2/a%2Fb")]
    [InlineData("PathPattern", "/{rest}.json/x/", "/open/a%2Fb", "/a%2Fb.json/x/")]
    [InlineData("PathPattern", "/v2/{version=3}/{**rest}", "/open/a", "/v2/3/a")]
    [InlineData("PathPattern", "/fixed/", "/open/a", "/fixed/")]
    [InlineData("PathPattern", "/fixed", "/open/a/", "/fixed")]
    [InlineData("PathPattern", "/", "/open/a/", "/")]
    public async Task Path_KeepsItsEscapesAndItsLastSlash(string transform, string value, string target, string path)
    {
        await using var gateway = await RawGateway.StartAsync(($"ReverseProxy:Routes:open:Transforms:0:{transform}", value));

        var head = await gateway.ForwardedAsync($"GET {target}?q=%2F HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.StartsWith($"GET {path}?q=%2F HTTP/1.1\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/rooms/{name}/messages/{**rest}", "/chat/{name}/{**rest}", "/rooms/a%2Fb/messages/c%2Fd/", "/chat/a%2Fb/c%2Fd/")]
    [InlineData("/rooms/{name}/{page?}", "/chat/{page?}", "/rooms/a/", "/chat/")]
    [InlineData("/rooms/{name}/{page?}", "/chat/{name}/{page?}", "/rooms/a%20b", "/chat/a%20b")]
    [InlineData("/rooms/{name}", "/chat/{name}", "/rooms/5/", "/chat/5/")]
    [InlineData("/rooms/{name}.{kind}", "/{kind}/{name}", "/rooms/a%2Fb.txt", "/txt/a%2Fb")]
    [InlineData("/rooms/{name=lobby}", "/chat/{name}", "/rooms", "/chat/lobby")]
    public async Task Pattern_TakesWhatTheClientWroteAtTheParametersPlace(string match, string pattern, string target, string path)
    {
        await using var gateway = await RawGateway.StartAsync(("ReverseProxy:Routes:open:Match:Path", match), ("ReverseProxy:Routes:open:Transforms:0:PathPattern", pattern));

        var head = await gateway.ForwardedAsync($"GET {target} HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.StartsWith($"GET {path} HTTP/1.1\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Transforms_WorkOneAfterTheOther()
    {
        await using var gateway = await RawGateway.StartAsync(
            ("ReverseProxy:Routes:open:Transforms:0:PathRemovePrefix", "/open"),
            ("ReverseProxy:Routes:open:Transforms:1:PathPrefix", "/v2"),
            ("ReverseProxy:Routes:open:Transforms:2:QueryRouteParameter", "tail"),
            ("ReverseProxy:Routes:open:Transforms:2:Set", "rest"));

        var head = await gateway.ForwardedAsync("GET /open/a%2Fb HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.StartsWith("GET /v2/a%2Fb?tail=a%2Fb HTTP/1.1\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handshake_KeepsItsEscapesToo()
    {
        await using var gateway = await RawGateway.StartAsync(("ReverseProxy:Routes:open:Transforms:0:PathPattern", "/v2/{**rest}"));
        using var client = await gateway.ConnectAsync();
        await client.SendAsync($"GET /open/a%2Fb/ HTTP/1.1\r\nHost: a.example\r\n{RawGateway.Handshake}\r\n");
        using var asked = await gateway.Destination.AcceptAsync();

        Assert.StartsWith("GET /v2/a%2Fb/ HTTP/1.1\r\n", asked.Head, StringComparison.Ordinal);
    }
}
