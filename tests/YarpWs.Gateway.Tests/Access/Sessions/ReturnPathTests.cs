using Microsoft.AspNetCore.Http;
using YarpWs.Gateway.Access.Sessions;

namespace YarpWs.Gateway.Tests.Access.Sessions;

public sealed class ReturnPathTests
{
    [Theory]
    [InlineData("/", "", "/")]
    [InlineData("/a b", "?x=1&y=%2F", "/a%20b?x=1&y=%2F")]
    [InlineData("//evil.example/", "", "/")]
    [InlineData("/\\evil.example/", "", "/%5Cevil.example/")]
    [InlineData("/ok", "?next=https://evil.example", "/ok?next=https://evil.example")]
    public void Page_ThatAskedForALogin_IsGoneBackTo_OnThisSite(string path, string query, string expected)
    {
        var request = new DefaultHttpContext { Request = { Path = new PathString(path), QueryString = new QueryString(query) } }.Request;

        Assert.Equal(expected, ReturnPath.Of(request));
    }

    [Fact]
    public void PageWithALongAddress_IsNotGoneBackTo()
    {
        var request = new DefaultHttpContext { Request = { Path = "/" + new string('a', ReturnPath.Longest) } }.Request;

        Assert.Equal(ReturnPath.Home, ReturnPath.Of(request));
    }
}
