using Xunit;

namespace YarpWs.Backend.Tests.Settings;

/// <summary>The edges of every setting that has any.</summary>
public sealed class BoundsTests
{
    public static TheoryData<string, string, string, string?, string?> Bounds => new()
    {
        // key, lowest, highest, below (none when nothing is), above
        { "Redis:CommandTimeout", "00:00:00.1", "00:00:30", "00:00:00.0999999", "00:00:30.0000001" },
        { "Redis:ProbeInterval", "00:00:00.1", "00:00:30", "00:00:00.0999999", "00:00:30.0000001" },
        { "Redis:ProbeTimeout", "00:00:00.1", "00:00:30", "00:00:00.0999999", "00:00:30.0000001" },
        { "Redis:KeyPrefix", "p", new string('p', 64), "", new string('p', 65) },
        { "Streams:MaxMessages", "1", "100000", "0", "100001" },
        { "Streams:MaxBytes", "1024", "1073741824", "1023", "1073741825" },
        { "Streams:Retention", "00:00:10", "7.00:00:00", "00:00:09.9999999", "7.00:00:00.0000001" },
        { "Groups:AuditInterval", "00:00:00.5", "00:05:00", "00:00:00.4999999", "00:05:00.0000001" },
        { "Connections:MaxConnections", "1", "1000000", "0", "1000001" },
        { "Connections:MaxMessageBytes", "1", "16777215", "0", "16777217" },
        { "Connections:MessagesPerSecond", "1", "1000000", "0", "1000001" },
        { "Connections:MessageBurst", "1", "1000000", "0", "1000001" },
        { "Connections:MaxOutboxBytes", "1048577", "1073741824", "1048576", "1073741825" },
        { "Connections:PingInterval", "00:00:00.1", "00:01:30", "00:00:00.0999999", "00:01:30.0000001" },
        { "Connections:PongTimeout", "00:00:00.1", "00:05:00", "00:00:00.0999999", "00:05:00.0000001" },
        { "Connections:CloseTimeout", "00:00:00.1", "00:01:00", "00:00:00.0999999", "00:01:00.0000001" },
        { "Connections:SendPatience", "00:00:00", "00:05:00", "-00:00:00.0000001", "00:05:00.0000001" },
        { "Drain:BatchSize", "1", "100000", "0", "100001" },
        { "Drain:BatchInterval", "00:00:00", "00:01:00", "-00:00:00.0000001", "00:01:00.0000001" },
        { "Drain:Deadline", "00:00:01", "00:10:00", "00:00:00.9999999", "00:10:00.0000001" },
        { "Node:Name", "", new string('n', 64), null, new string('n', 65) },
        { "Plain:GroupPrefix", "", new string('p', 900), null, new string('p', 901) },
        { "Plain:Hub", "h", new string('h', 128), "", new string('h', 129) },
    };

    [Theory]
    [MemberData(nameof(Bounds))]
    public async Task Value_AtItsEdge_IsTaken_AndBeyondItIsRefusedByItsKey(string key, string lowest, string highest, string? below, string? above)
    {
        Assert.Null(await BackendSettings.CheckAsync((key, lowest)));
        Assert.Null(await BackendSettings.CheckAsync((key, highest)));

        foreach (var beyond in new[] { below, above }.OfType<string>())
        {
            Assert.StartsWith(key + ": ", await BackendSettings.CheckAsync((key, beyond)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Redis:KeyPrefix", "a b")]
    [InlineData("Redis:KeyPrefix", "a:b")]
    [InlineData("Redis:KeyPrefix", "a\n")]
    [InlineData("Plain:Hub", "1chat")]
    [InlineData("Plain:Hub", "chat-room")]
    [InlineData("Redis:Configuration", "")]
    public async Task Text_OfTheWrongForm_IsRefusedByItsKey(string key, string value) =>
        Assert.StartsWith(key + ": ", await BackendSettings.CheckAsync((key, value)), StringComparison.Ordinal);

    [Theory]
    [InlineData("Connections:MaxMessageBytes", "many")]
    [InlineData("Connections:PingInterval", "20s")]
    [InlineData("Plain:AllowAnonymous", "perhaps")]
    [InlineData("Drain:BatchSize", "1.5")]
    [InlineData("Telemetry:OtlpEndpoint", "http://[")]
    public async Task Value_OfTheWrongType_IsRefused_AndItsKeyNamed(string key, string value)
    {
        var line = await BackendSettings.CheckAsync((key, value));

        Assert.Contains(key, line, StringComparison.Ordinal);
        Assert.Contains(value, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:6379")]
    [InlineData("a:1,b:2,password=x,ssl=true,serviceName=main")]
    [InlineData("redis.example.com")]
    [InlineData("[::1]:6379")]
    public async Task RedisConfiguration_ThatCanBeRead_IsTaken(string value) =>
        Assert.Null(await BackendSettings.CheckAsync(("Redis:Configuration", value)));

    [Theory]
    [InlineData("password=x")]
    [InlineData("127.0.0.1:6379,nonsense=1")]
    [InlineData("127.0.0.1:6379,ssl=perhaps")]
    [InlineData("127.0.0.1:6379,connectTimeout=soon")]
    [InlineData("127.0.0.1:99999")]
    [InlineData(",")]
    [InlineData("127.0.0.1:6379,channelPrefix=mine")]
    [InlineData("127.0.0.1:6379,defaultDatabase=1")]
    public async Task RedisConfiguration_ThatCannotBeRead_IsRefusedByItsKey(string value) =>
        Assert.StartsWith("Redis:Configuration: ", await BackendSettings.CheckAsync(("Redis:Configuration", value)), StringComparison.Ordinal);

    [Fact]
    public async Task Password_OfARedisConfigurationThatCannotBeRead_IsNotShown() =>
        Assert.DoesNotContain("secret", await BackendSettings.CheckAsync(("Redis:Configuration", "a:1,password=secret,nonsense=1")), StringComparison.Ordinal);

    [Fact]
    public async Task WrongValues_InSeveralSections_AreAllNamed()
    {
        var line = await BackendSettings.CheckAsync(("Groups:AuditInterval", "0"), ("Streams:MaxMessages", "0"), ("Streams:MaxBytes", "0"));

        Assert.All(["Groups:AuditInterval", "Streams:MaxMessages", "Streams:MaxBytes"], key => Assert.Contains(key, line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task NoEndpoint_IsRefused_BecauseThePlatformWouldChooseOneByItself()
    {
        var line = await BackendSettings.CheckAsync(("Kestrel:Endpoints:Http:Url", null));

        Assert.StartsWith("Kestrel:Endpoints:Http:Url: ", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:abc")]
    [InlineData("http://127.0.0.1:abc")]
    [InlineData("http://127.0.0.1:70000")]
    [InlineData("http://127.0.0.1:-1")]
    [InlineData("ftp://127.0.0.1:80")]
    [InlineData("http://127.0.0.1:80/path")]
    public async Task ListenAddress_ThatIsNone_IsRefusedByItsKey(string url) =>
        Assert.StartsWith("Kestrel:Endpoints:Http:Url: ", await BackendSettings.CheckAsync(("Kestrel:Endpoints:Http:Url", url)), StringComparison.Ordinal);
}
