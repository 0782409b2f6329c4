using Microsoft.Extensions.Configuration;
using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Rooms;
using YarpWs.Backend.Settings;
using YarpWs.Backend.Streams;
using YarpWs.Platform.Telemetry;

namespace YarpWs.Backend.Tests.Settings;

/// <summary>config/backend.json is what an operator reads to learn of the settings, so it must tell all of them, and the truth.</summary>
public sealed class ShippedFileTests
{
    /// <summary>What only an example can be given for, and so may leave keys out.</summary>
    private static readonly string[] Examples = ["$schema", "Kestrel", "Authentication", "Logging"];

    private static readonly string File = Path.Combine(AppContext.BaseDirectory, "config", "backend.json");

    private static readonly IConfigurationRoot Shipped = new ConfigurationBuilder().AddJsonFile(File, optional: false).Build();

    [Fact]
    public async Task File_IsGood_AsItIs() => Assert.Null(await BackendSettings.CheckAsync(File));

    [Fact]
    public void File_ShowsEverySection_AndEveryKeyOfOurs()
    {
        Assert.Equal(KnownKeys.Root.Names.Except(["$schema"]).Order(), Shipped.GetChildren().Select(section => section.Key).Except(["$schema"]).Order());
        Assert.All(KnownKeys.Root.Names.Except(Examples), section =>
            Assert.Equal(KnownKeys.Root.Child(section)!.Names.Order(), Shipped.GetSection(section).GetChildren().Select(key => key.Key).Order()));
    }

    [Fact]
    public void File_ShowsTheDefaults()
    {
        AssertDefault<NodeOptions>("Node");
        AssertDefault<RedisOptions>("Redis");
        AssertDefault<StreamOptions>("Streams");
        AssertDefault<GroupOptions>("Groups");
        AssertDefault<ConnectionOptions>("Connections");
        AssertDefault<PlainOptions>("Plain");
        AssertDefault<DrainOptions>("Drain");
        AssertDefault<TelemetryOptions>("Telemetry");
    }

    private static void AssertDefault<T>(string section)
        where T : new() => Assert.Equal(new T(), Shipped.GetSection(section).Get<T>() ?? new T());
}
