using YarpWs.Gateway.Forwarding;

namespace YarpWs.Gateway.Tests.Forwarding;

public sealed class RawPathTests
{
    [Theory]
    [InlineData("/ws/start/a%2fb?x=%20", "/ws/start/a%2fb")]
    [InlineData("/ws/%E4%B8%AD", "/ws/%E4%B8%AD")]
    [InlineData("http://chat.example:8080/a%2Fb?x", "/a%2Fb")]
    [InlineData("/a//b/", "/a//b/")]
    [InlineData("/v1.2/a..b/...", "/v1.2/a..b/...")]
    public void Path_GoesOnAsWritten(string target, string path)
    {
        Assert.True(RawPath.TryGet(target, out var found));
        Assert.Equal(path, found.ToString());
    }

    [Theory]
    [InlineData("/a/../b")]
    [InlineData("/a/%2e%2E/b")]
    [InlineData("/a/.%2e")]
    [InlineData("/./a")]
    [InlineData("/a/..%2fb")]
    [InlineData("/a%5c..%5cb")]
    [InlineData("/a\\b")]
    [InlineData("/a#b")]
    [InlineData("*")]
    [InlineData("http://chat.example")]
    [InlineData("chat.example:443")]
    public void Path_ThatCouldBeReadInTwoWays_DoesNot(string target) => Assert.False(RawPath.TryGet(target, out _));
}
