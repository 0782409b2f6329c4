using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Tests.Requests;

/// <summary>Texts of the settings with values of the request in them.</summary>
public sealed class RequestTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("$scheme://$host$request_uri", "https://app.example/a%2Fb?room=blue&Room=red&empty=")]
    [InlineData("${host}name", "app.examplename")]
    [InlineData("$uri$is_args$args", "/a%2Fb?room=blue&Room=red&empty=")]
    [InlineData("$query_string", "room=blue&Room=red&empty=")]
    [InlineData("$request_method $remote_addr", "PUT 192.0.2.7")]
    [InlineData("$http_x_own", "own, twice")]
    [InlineData("$http_none|$cookie_none|$arg_none|$arg_empty|$remote_user", "||||")]
    [InlineData("$arg_room", "blue")]
    [InlineData("$cookie_id", "a%20b=c")]
    [InlineData("$cookie_i", "")]
    [InlineData("a $5 note, $$host, 1$", "a $5 note, $host, 1$")]
    public void Text_HasTheValuesOfTheRequest(string text, string expected) => Assert.Equal(expected, RequestText.Parse(text).Of(Request()));

    [Fact]
    public void RequestId_IsTheSameForOneRequest_AndAnotherForTheNext()
    {
        var (text, request) = (RequestText.Parse("$request_id"), Request());

        Assert.Matches("^[0-9a-f]{32}$", text.Of(request));
        Assert.Equal(text.Of(request), text.Of(request));
        Assert.NotEqual(text.Of(request), text.Of(Request()));
    }

    [Theory]
    [InlineData("$hots", "no variable '$hots'; expected one of ")]
    [InlineData("${hots}", "no variable '$hots'; expected one of ")]
    [InlineData("$hostnames", "no variable '$hostnames'; expected one of ")]
    [InlineData("$http_", "no variable '$http_'; expected one of ")]
    [InlineData("${}", "a '${' has no name and '}' behind it; ")]
    [InlineData("${host", "a '${' has no name and '}' behind it; ")]
    public void Variable_ThatIsNone_IsAFault(string text, string fault) => Assert.StartsWith(fault, RequestText.FaultOf(text), StringComparison.Ordinal);

    private static DefaultHttpContext Request()
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "PUT";
        context.Request.Host = new HostString("App.Example", 8443);
        context.Request.Headers["X-Own"] = new(["own", "twice"]);
        context.Request.Headers.Cookie = "idx=1; id=a%20b=c";
        context.Features.Get<IHttpRequestFeature>()!.RawTarget = "/a%2Fb?room=blue&Room=red&empty=";
        context.Features.Set(new Client(IPAddress.Parse("192.0.2.7"), "https", "App.Example:8443"));
        return context;
    }
}
