using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Routes.Checks;
using YarpWs.Gateway.Settings;
using YarpWs.Tests.Settings;

namespace YarpWs.Gateway.Tests.Settings;

public sealed class SettingsSchemaTests
{
    private static readonly string File = Path.Combine(AppContext.BaseDirectory, "gateway.schema.json");

    /// <summary>Both ways: the schema has every key that the gateway reads, with its bounds and its sentence, and no other.</summary>
    [Fact]
    public async Task Schema_IsWhatTheGatewayReads()
    {
        var expected = new SettingsSchema(
            "Settings of the YarpWs gateway",
            KnownKeys.Root,
            new Documentation("YarpWs.Gateway.xml", "YarpWs.Platform.xml", "Yarp.ReverseProxy.xml"),
            ClusterCheck.Policies.ToDictionary(policy => policy.Key, policy => policy.Value.ToArray()),
            anchor: typeof(ClusterConfig)).Build();
        if (expected != await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken))
        {
            var right = Path.Combine(AppContext.BaseDirectory, "gateway.schema.right.json");
            await System.IO.File.WriteAllTextAsync(right, expected, TestContext.Current.CancellationToken);
            Assert.Fail($"config/gateway.schema.json is out of step with the settings; take {right} for it.");
        }
    }

    [Fact]
    public void ShippedFile_KeepsToTheSchema() => Assert.Equal([], SchemaFaults.Of(TestGateway.SettingsFile, File));
}
