using System.Text;
using Microsoft.Extensions.Configuration;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Tests.Settings;

public sealed class SettingSourceTests
{
    [Fact]
    public void ShippedFile_SaysTheSame_AsItsKeysAndValuesInMemory() => ExpectTheSame(File.ReadAllBytes(TestGateway.SettingsFile));

    [Theory]
    [InlineData("""{ "a": null, "b": [], "c": {}, "d": "", "e": true, "f": 1.50 }""")]
    [InlineData("""{ "a": { "b": null, "c": [ null, [] ] }, "d": { "e": { "f": null }, "g": 1 } }""")]
    [InlineData("""{ "a": [ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, { "x": 1, "X2": 2 } ], "B": { "z": 1, "10": 1, "9": 1, "Y": 1 } }""")]
    public void AnyText_SaysTheSame_AsItsKeysAndValuesInMemory(string text) => ExpectTheSame(Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData("a:b", "1")]
    [InlineData("A:B", "1")]
    [InlineData("a", null)]
    [InlineData("a:b:c", null)]
    [InlineData("a::b", null)]
    [InlineData("", null)]
    public void Key_IsFound_WithoutRegardToCase(string key, string? expected) => Assert.Equal(expected, Of("""{ "a": { "b": 1 } }"""u8)[key]);

    private static void ExpectTheSame(ReadOnlySpan<byte> text)
    {
        var expected = new ConfigurationBuilder().AddInMemoryCollection(Read(text).Flatten()).Build();

        Assert.Equal(expected.AsEnumerable(), Of(text).AsEnumerable());
    }

    private static IConfigurationRoot Of(ReadOnlySpan<byte> text) => new ConfigurationBuilder().Add(new SettingSource(Read(text))).Build();

    private static Setting Read(ReadOnlySpan<byte> text)
    {
        var findings = new Findings();
        var root = SettingReader.Read("gateway.json", text, findings);
        Assert.False(findings.HasErrors);
        return root;
    }
}
