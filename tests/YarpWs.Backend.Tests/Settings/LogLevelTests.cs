using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace YarpWs.Backend.Tests.Settings;

public sealed class LogLevelTests
{
    [Theory]
    [InlineData("Logging:LogLevel:Default")]
    [InlineData("Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics")]
    [InlineData("Logging:Console:LogLevel:Default")]
    [InlineData("Logging:Console:LogLevel:Microsoft.AspNetCore.Hosting")]
    public async Task Categories_ThatPrintQueries_StayAtWarning_WhateverTheSettingsSay(string key)
    {
        await using var app = BackendHost.Build(file: null, BackendSettings.With((key, "Trace")));

        var rules = app.Services.GetRequiredService<IOptions<LoggerFilterOptions>>().Value.Rules;
        var console = rules.Any(rule => rule.ProviderName == "Console") ? "Console" : null;
        var last = rules.Last(rule => rule.ProviderName == console && rule.CategoryName == "Microsoft.AspNetCore.Hosting.Diagnostics");
        Assert.Equal(LogLevel.Warning, last.LogLevel);
    }

    [Fact]
    public async Task Level_OfASetting_GoesOverTheDefault_OfThisCategoryAlone()
    {
        await using var app = BackendHost.Build(file: null, BackendSettings.With(("Logging:LogLevel:Microsoft.AspNetCore", "Information")));

        var rules = app.Services.GetRequiredService<IOptions<LoggerFilterOptions>>().Value.Rules;
        Assert.Equal(LogLevel.Information, rules.Single(rule => rule is { ProviderName: null, CategoryName: "Microsoft.AspNetCore" }).LogLevel);
        Assert.Equal(LogLevel.Warning, rules.Single(rule => rule is { ProviderName: null, CategoryName: "Microsoft.Hosting.Lifetime" }).LogLevel);
    }
}
