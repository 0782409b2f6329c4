using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using YarpWs.Gateway.Access.Logins.External;

namespace YarpWs.Gateway.Tests.Access.Logins.External;

/// <summary>Which cookies are a login's, and what is left of the others.</summary>
public sealed class LoginCookiesTests
{
    [Theory]
    [InlineData("sessionid=a", "sessionid=a", "")]
    [InlineData("x=1; sessionid=a; y=2", "sessionid=a", "x=1; y=2")]
    [InlineData("sessionid=a;y=2", "sessionid=a", "y=2")]
    [InlineData("sessionid2=a; xsessionid=b; SessionId=c; sessionid", "", "sessionid2=a; xsessionid=b; SessionId=c; sessionid")]
    [InlineData("sessionid=a; sessionid=b", "sessionid=a; sessionid=b", "")]
    [InlineData(".AspNetCore.CookiesC1=a; .AspNetCore.CookiesC2=b; .AspNetCore=c", ".AspNetCore.CookiesC1=a; .AspNetCore.CookiesC2=b", ".AspNetCore=c")]
    [InlineData("x=\"sessionid=a\"", "", "x=\"sessionid=a\"")]
    public void Cookies_AreThoseOfTheNames(string header, string taken, string left)
    {
        var cookies = new LoginCookies(["sessionid", ".AspNetCore.Cookies*"]);
        var headers = new HeaderDictionary { ["Cookie"] = header };

        Assert.Equal(taken, cookies.Of(headers));
        cookies.Remove(headers);
        Assert.Equal(left, headers["Cookie"].ToString());
    }

    [Fact]
    public void Cookies_StandInSeveralLinesOverHttp2()
    {
        var cookies = new LoginCookies(["sessionid"]);
        var headers = new HeaderDictionary { ["Cookie"] = new StringValues(["x=1", "sessionid=a", "y=2"]) };

        Assert.Equal("sessionid=a", cookies.Of(headers));
        cookies.Remove(headers);
        Assert.Equal(["x=1", "y=2"], headers["Cookie"].Select(line => line!));
    }
}
