using Microsoft.AspNetCore.Http;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Tests.Requests;

public sealed class RawPathTests
{
    [Theory]
    [InlineData("/ws/start/a%2fb?x=%20", "/ws/start/a%2fb")]
    [InlineData("/ws/%E4%B8%AD", "/ws/%E4%B8%AD")]
    [InlineData("http://chat.example:8080/a%2Fb?x", "/a%2Fb")]
    [InlineData("http://chat.example?x=/y", "/")]
    [InlineData("*", "/")]
    [InlineData("chat.example:443", "/")]
    [InlineData("/a//b/", "/a//b/")]
    [InlineData("/v1.2/a..b/...", "/v1.2/a..b/...")]
    [InlineData("/a%zz%", "/a%zz%")]
    public void Path_GoesOnAsWritten(string target, string path) => Assert.Equal(path, RawPath.Resolve(target));

    [Theory]
    [InlineData("/a|%2Fb", "/a%7C%2Fb")]
    [InlineData("/a\\b", "/a%5Cb")]
    [InlineData("/a<\u00e9>%", "/a%3C%C3%A9%3E%")]
    public void Character_ThatNoPathMayHold_IsEncoded_AndNothingIsEncodedTwice(string target, string path) => Assert.Equal(path, RawPath.Resolve(target));

    [Theory]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a%2Fx/%2e%2E/b%2Fc", "/b%2Fc")]
    [InlineData("/a/.%2e", "/")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/b/.", "/a/b/")]
    [InlineData("/./a", "/a")]
    [InlineData("/a/%2e/%2Eb", "/a/%2Eb")]
    [InlineData("/../../a", "/a")]
    [InlineData("/a//../b", "/a/b")]
    [InlineData("/..", "/")]
    public void DotSegments_AreResolved_AndTheRestStaysAsWritten(string target, string path) => Assert.Equal(path, RawPath.Resolve(target));

    [Theory]
    [InlineData("/a/..;/b")]
    [InlineData("/a/.;x=1/b")]
    [InlineData("/a/%2e%2e;/b")]
    [InlineData("/a/..%3Bx/b")]
    [InlineData("/a/..%2fb")]
    [InlineData("/a/..%2Fb")]
    [InlineData("/a%2F..")]
    [InlineData("/a%2f..;x%2fb")]
    [InlineData("/a%5c..%5Cb")]
    [InlineData("/a\\..\\b")]
    [InlineData("/..\\b")]
    [InlineData("/a/.\\b")]
    [InlineData("/%2e%2E%5cb")]
    public void DotSegment_InDisguise_IsSeen(string path) => Assert.True(RawPath.HasDisguisedDotSegment(path));

    [Theory]
    [InlineData("/a/../b")]
    [InlineData("/a/%2e%2e/b")]
    [InlineData("/a%2Fb;v=1/c%5Cd")]
    [InlineData("/a;v=../b")]
    [InlineData("/a..;/...;/b")]
    [InlineData("/v1.2;x/%2Ea")]
    [InlineData("/a%252e%252e/b")]
    [InlineData("/a%2F...%2Fb")]
    public void OtherSegments_AreTakenAsTheyAre(string path) => Assert.False(RawPath.HasDisguisedDotSegment(path));

    /// <summary>Routes are matched, and logins asked for, by the path that the server decodes; destinations get the one here.</summary>
    [Fact]
    public void ResolvedPath_IsTheOneThatRoutesAreMatchedWith()
    {
        string[] pieces = ["/", "a", ".", "..", "%2e", "%2E", "%2F", "%61", ";", "%5C", "b"];
        var random = new Random(14);
        for (var run = 0; run < 20_000; run++)
        {
            var path = "/" + string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => pieces[random.Next(pieces.Length)]));

            Assert.Equal(AsRouted(path), PathString.FromUriComponent(RawPath.Resolve(path)).Value);
        }
    }

    /// <summary>Decoded but for %2F, then without dot segments (RFC 3986, section 5.2.4), one segment at a time.</summary>
    private static string AsRouted(string path)
    {
        var decoded = PathString.FromUriComponent(path).Value!;
        var segments = new List<string>();
        var parts = decoded[1..].Split('/');
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] is not ("." or ".."))
            {
                segments.Add(parts[i]);
                continue;
            }

            if (parts[i] == ".." && segments.Count > 0)
            {
                segments.RemoveAt(segments.Count - 1);
            }

            if (i == parts.Length - 1)
            {
                segments.Add("");
            }
        }

        return "/" + string.Join('/', segments);
    }
}
