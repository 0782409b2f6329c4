using System.Net;
using StackExchange.Redis;
using YarpWs.Platform.Redis;

namespace YarpWs.Platform.Tests.Redis;

public sealed class RedisSettingsTests
{
    [Theory]
    [InlineData("redis://redis.example.com", "redis.example.com", 6379, false, null, null)]
    [InlineData("redis://redis.example.com:7000/0", "redis.example.com", 7000, false, null, null)]
    [InlineData("redis://:p%40ss@redis.example.com/", "redis.example.com", 6379, false, null, "p@ss")]
    [InlineData("rediss://ann:a%3Ab@redis.example.com:6380/0", "redis.example.com", 6380, true, "ann", "a:b")]
    public void Url_IsUnderstood(string url, string host, int port, bool isTls, string? user, string? password)
    {
        var settings = Read(url);

        Assert.Equal(new DnsEndPoint(host, port), Assert.Single(settings.EndPoints));
        Assert.Equal((isTls, user, password), (settings.Ssl, settings.User, settings.Password));
    }

    [Fact]
    public void Url_OfAnIPv6Address_IsUnderstood() =>
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, 7000), Assert.Single(Read("redis://[::1]:7000").EndPoints));

    [Theory]
    [InlineData("redis://:secret@a/3", "database 3")]
    [InlineData("redis://:secret@a/rooms", "the number of the database")]
    [InlineData("redis://:secret@a?ssl=true", "no parameters")]
    [InlineData("redis://:secret@a,redis://:secret@b", "a URL names one server")]
    [InlineData("unix:///run/redis.sock", "the scheme unix://")]
    [InlineData("redis+sentinel://:secret@a", "the scheme redis+sentinel://")]
    [InlineData("redis://", "cannot be read")]
    [InlineData("a:1,defaultDatabase=3,password=secret", "database 3")]
    [InlineData("a:1,channelPrefix=x,password=secret", "Redis:KeyPrefix")]
    [InlineData("a:1,nonsense=1,password=secret", "nonsense")]
    [InlineData("a:1,ssl=perhaps,password=secret", "ssl")]
    [InlineData("password=secret", "names no server")]
    public void WhatCannotBe_IsRefused_WithItsReason_AndWithoutThePassword(string configuration, string reason)
    {
        var refused = Assert.ThrowsAny<ArgumentException>(() => Read(configuration));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Command_WaitsAsLongAsIsSaid_AndForNoConnection()
    {
        var settings = Read("redis.example.com");

        Assert.Equal((1000, 1000, 1000), (settings.AsyncTimeout, settings.SyncTimeout, settings.ConnectTimeout));
        Assert.Same(BacklogPolicy.FailFast, settings.BacklogPolicy);
        Assert.False(settings.AbortOnConnectFail);
    }

    [Fact]
    public void User_OfThisPrefixAlone_MayReadAndHearAllThatTheLibraryAsksFor()
    {
        var settings = Read("redis.example.com");

        Assert.Equal(("", "t:servers", "tests"), (settings.TieBreaker, settings.ConfigurationChannel, settings.ClientName));
        Assert.Equal("own", Read("redis.example.com,name=own").ClientName);
    }

    private static ConfigurationOptions Read(string configuration) => RedisSettings.Read(configuration, "t", TimeSpan.FromSeconds(1), "tests");
}
