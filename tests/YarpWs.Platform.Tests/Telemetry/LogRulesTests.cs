using Microsoft.Extensions.Logging;
using YarpWs.Platform.Telemetry;

namespace YarpWs.Platform.Tests.Telemetry;

public sealed class LogRulesTests
{
    /// <summary>At Information the server has a line for each HTTP/2 socket that ends.</summary>
    [Theory]
    [InlineData(LogLevel.Information, LogLevel.Warning)]
    [InlineData(LogLevel.Warning, LogLevel.Warning)]
    [InlineData(LogLevel.Error, LogLevel.Error)]
    [InlineData(LogLevel.Debug, LogLevel.Debug)]
    public void Server_SaysNothingOfEachSocket_UnlessItIsAskedForAll(LogLevel set, LogLevel level)
    {
        var options = new LoggerFilterOptions();
        options.Rules.Add(new LoggerFilterRule(null, "Microsoft.AspNetCore", set, null));

        new LogRules().PostConfigure(null, options);

        Assert.Equal(level, options.Rules.Last(rule => rule.CategoryName == "Microsoft.AspNetCore.Server.Kestrel").LogLevel);
    }
}
