using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Tests.Telemetry;

public sealed class ConsoleLogTests
{
    private static readonly string LongText = new('x', 5000);

    /// <summary>What is written by lines of this much of the section Logging: to the output, and to the error output.</summary>
    private static (string Output, string Errors) Written(Action<ILoggerFactory> log, params (string Key, string? Value)[] settings)
    {
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value))).Build();
        var services = new ServiceCollection()
            .Configure<SimpleConsoleFormatterOptions>(console => console.SingleLine = true)
            .AddLogging(logging => logging.AddConfiguration(configuration).AddConsole())
            .RemoveAll<ILoggerProvider>()
            .AddSingleton<ILoggerProvider>(provider => new ConsoleLog(
                provider.GetRequiredService<IOptions<ConsoleLoggerOptions>>(), provider.GetServices<ConsoleFormatter>(), output, errors));
        using (var provider = services.BuildServiceProvider())
        {
            log(provider.GetRequiredService<ILoggerFactory>());
        }

        return (Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(errors.ToArray()));
    }

    private static void SayHello(ILoggerFactory loggers) => loggers.CreateLogger("A.Category").Log(LogLevel.Information, new EventId(7), "hello", null, (state, _) => state);

    [Fact]
    public void Line_HasThePlatformsFormat() => Assert.Equal("info: A.Category[7] hello\n", Written(SayHello).Output);

    [Fact]
    public void Formatter_OfTheSettings_IsUsed()
    {
        var line = Written(SayHello, ("Console:FormatterName", "json"), ("Console:FormatterOptions:TimestampFormat", "yyyy")).Output;

        using var json = JsonDocument.Parse(line);
        Assert.Equal("A.Category", json.RootElement.GetProperty("Category").GetString());
        Assert.Equal(4, json.RootElement.GetProperty("Timestamp").GetString()!.Length);
    }

    [Fact]
    public void Scopes_AreWritten_WhereTheSettingsSaySo() =>
        Assert.Contains("within", Written(
            loggers =>
            {
                using (loggers.CreateLogger("A").BeginScope("within"))
                {
                    SayHello(loggers);
                }
            },
            ("Console:FormatterOptions:IncludeScopes", "true")).Output, StringComparison.Ordinal);

    [Fact]
    public void Level_OfTheConsolesOwnRules_Holds() => Assert.Equal("", Written(SayHello, ("Console:LogLevel:Default", "Warning")).Output);

    [Fact]
    public void Errors_GoWhereTheSettingsSendThem()
    {
        var (output, errors) = Written(SayHello, ("Console:LogToStandardErrorThreshold", "Information"));

        Assert.Equal("", output);
        Assert.Equal("info: A.Category[7] hello\n", errors);
    }

    [Fact]
    public void LongLine_LeavesNothingBehindInTheNext() => Assert.Equal(
        $"info: A[0] {LongText}\ninfo: A.Category[7] hello\n",
        Written(loggers =>
        {
            loggers.CreateLogger("A").Log(LogLevel.Information, default, LongText, null, (state, _) => state);
            SayHello(loggers);
        }).Output);
}
