using Xunit;
using YarpWs.Backend.Settings;
using YarpWs.Tests.Settings;

namespace YarpWs.Backend.Tests.Settings;

public sealed class SettingsSchemaTests
{
    private static readonly string File = Path.Combine(AppContext.BaseDirectory, "config", "backend.schema.json");

    /// <summary>Both ways: the schema has every key that the backend reads, with its bounds and its sentence, and no other.</summary>
    [Fact]
    public async Task Schema_IsWhatTheBackendReads()
    {
        var expected = new SettingsSchema("Settings of the YarpWs room server", KnownKeys.Root, new Documentation("YarpWs.Backend.xml", "YarpWs.Platform.xml")).Build();
        if (expected != await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken))
        {
            var right = Path.Combine(AppContext.BaseDirectory, "backend.schema.right.json");
            await System.IO.File.WriteAllTextAsync(right, expected, TestContext.Current.CancellationToken);
            Assert.Fail($"config/backend.schema.json is out of step with the settings; take {right} for it.");
        }
    }

    [Fact]
    public void ShippedFile_KeepsToTheSchema() => Assert.Equal([], SchemaFaults.Of(Path.Combine(AppContext.BaseDirectory, "config", "backend.json"), File));
}
