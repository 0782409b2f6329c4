namespace YarpWs.Gateway.Tests.Routes.Locations;

/// <summary>Which location a path takes: what nginx 1.22 does with the same ones.</summary>
public sealed class LocationChoiceTests
{
    [Theory]
    [InlineData("/", "= /")]
    [InlineData("/x", "/")]
    [InlineData("/?x=1", "= /")]
    [InlineData("/img/a.jpg", "/img/")]
    [InlineData("/img/a.png", @"~ \.png$")]
    [InlineData("/img/a.PNG", @"~* \.(gif|PNG)$")]
    [InlineData("/img/raw/a.png", "^~ /img/raw/")]
    [InlineData("/IMG/raw/a.jpg", "/")]
    [InlineData("/user/12/card", @"~ ^/user/(\d+)/card$")]
    [InlineData("/user/x/card", "/")]
    [InlineData("/ab", "/a")]
    [InlineData("/a/bc", "/a/b")]
    public void Choice_IsExact_ThenFinalPrefix_ThenFirstExpression_ThenLongestPrefix(string target, string location)
    {
        var server = Located.Server("/", "= /", "/img/", "^~ /img/raw/", @"~ \.png$", @"~* \.(gif|PNG)$", @"~ ^/user/(\d+)/card$", "/a", "/a/b");

        Assert.Equal(location, server.Ask(target));
    }

    [Fact]
    public void ShorterFinalPrefix_DoesNotKeepExpressionsOut()
    {
        var server = Located.Server("^~ /a/", "/a/b/", @"~ \.png$");

        Assert.Equal((@"~ \.png$", "^~ /a/"), (server.Ask("/a/b/x.png"), server.Ask("/a/x.png")));
    }

    [Theory]
    [InlineData("/a//x.png", "^~ /a/")]
    [InlineData("//a//x.png", "^~ /a/")]
    [InlineData("/raw/../a/x", "^~ /a/")]
    [InlineData("/raw/..%2fa/x", "^~ /a/")]
    [InlineData("/%61/x", "^~ /a/")]
    [InlineData("/enc%2520x", "/enc%20x")]
    [InlineData("/enc%20x", "/enc x")]
    [InlineData("/caf%C3%A9/x", "/café/")]
    [InlineData("/%E9/x", "/")]
    public void Path_IsMatchedDecoded_WithOneSlash_WithoutDots(string target, string location)
    {
        var server = Located.Server("/", "^~ /a/", "/enc%20x", "/enc x", "/café/");

        Assert.Equal(location, server.Ask(target));
    }

    [Theory]
    [InlineData("/n/x.png", @"/n/ > ~ \.png$")]
    [InlineData("/n/deep/x.png", @"/n/ > ~ \.png$")]
    [InlineData("/n/deep/x", "/n/ > /n/deep/")]
    [InlineData("/n/deep/x.gif", @"~ \.gif$")]
    [InlineData("/n/x", "/n/")]
    [InlineData("/x.png", "/")]
    public void LongestPrefix_IsAskedForWhatStandsWithinIt_BeforeExpressionsOfTheServer(string target, string location)
    {
        var server = Located.Server("/", @"~ ^/n/.*\.png$", @"~ \.gif$", "/n/", @"/n/ > ~ \.png$", "/n/ > /n/deep/");

        Assert.Equal(location, server.Ask(target));
    }

    [Fact]
    public void FinalPrefix_WithinAnother_KeepsOutTheExpressionsBesideItAlone()
    {
        var server = Located.Server("/n/", "/n/ > ^~ /n/deep/", @"/n/ > ~ x\.png$", @"~ \.png$");

        Assert.Equal((@"~ \.png$", "/n/ > ^~ /n/deep/"), (server.Ask("/n/deep/x.png"), server.Ask("/n/deep/x")));
    }

    [Theory]
    [InlineData("/a.php", @"~ \.php$")]
    [InlineData("/admin/a.php", @"~ \.php$ > ~ ^/admin/")]
    [InlineData("/x", "none")]
    public void Expression_IsAskedForWhatStandsWithinIt(string target, string location)
    {
        var server = Located.Server(@"~ \.php$", @"~ \.php$ > ~ ^/admin/");

        Assert.Equal(location, server.Ask(target));
    }

    [Theory]
    [InlineData("/x", "301 /x/")]
    [InlineData("/x/", "/x/")]
    [InlineData("/y", "= /y")]
    [InlineData("/z.png", "301 ^~ /z.png/")]
    [InlineData("/xx", "/")]
    public void Path_ThatLacksTheLastSlashAlone_IsLedThere(string target, string location)
    {
        var server = Located.Server("/", "/x/", "/y/", "= /y", "^~ /z.png/", @"~ \.png$");

        Assert.Equal(location, server.Ask(target));
    }

    [Fact]
    public void NamedLocation_IsNoRequestsOwn() => Assert.Equal("none", Located.Server("@login", "= /x").Ask("/@login"));

    [Fact]
    public void Captures_AreNumberedAsTheyStand_NamedOnesToo()
    {
        var found = Located.Server(@"~ ^/(?<first>[a-z]+)/(\d+)$").Find("/abc/12", "any", 80)!;

        var captures = found.Choice!.Captures!;
        Assert.Equal(("abc", "12", "abc", ""), (captures[1], captures[2], captures["first"], captures[3]));
    }
}
