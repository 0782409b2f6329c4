using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using YarpWs.Gateway.Routes;
using YarpWs.Gateway.Routes.Text;
using static YarpWs.Gateway.Tests.Routes.OperatedGateway;

namespace YarpWs.Gateway.Tests.Routes;

/// <summary>What an order to reload does with files that were looked at before.</summary>
public sealed class RouteReloadTests
{
    private const int WhatRuns = 1206;
    private const int LeftThere = 1215;

    [Fact]
    public async Task FilesThatRun_AreSaidToBeWhatRuns()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"));

        await ReloadAsync(gateway);

        await gateway.Log.ExpectAsync(WhatRuns);
    }

    /// <summary>Its text is the same as before; what it names has come.</summary>
    [Fact]
    public async Task RefusedFile_IsLookedAtOnceMore_AndTaken_WhereWhatItNamesIsThereNow()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"));
        gateway.Save(Text(gateway.A, "two").Replace("\"Match\"", "\"BasicAuth\": { \"File\": \"users\" }, \"Match\"", StringComparison.Ordinal));
        await gateway.Log.ExpectAsync(Refused);

        await ReloadAsync(gateway);
        Assert.Contains("no such file", await gateway.Log.ExpectAsync(Refused), StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(gateway.Directory, "users"), "ann:{PLAIN}secret\n", Deadline.Token());
        await ReloadAsync(gateway);
        await gateway.Log.ExpectAsync(Applied);
        Assert.Equal(401, await gateway.AskAsync("/two/x"));
    }

    /// <summary>Reloads come by themselves too, when a certificate was renewed: none undoes what the operator did.</summary>
    [Fact]
    public async Task FilesThatWereLeft_WhenTheOperatorWentBack_AreNotTaken_AndThatIsSaid()
    {
        await using var gateway = await StartAsync((a, _) => Text(a, "one"));
        gateway.Save(Text(gateway.A, "two"));
        await gateway.Log.ExpectAsync(Applied);
        File.Delete(gateway.File);
        Directory.CreateDirectory(gateway.File);
        await gateway.Log.ExpectAsync(Refused);
        using var answer = await gateway.Http.PostAsJsonAsync(new Uri(gateway.Admin, "/routes/rollback"), new { revision = "1" }, Deadline.Token());
        await gateway.Log.ExpectAsync(Applied);

        await ReloadAsync(gateway);

        await gateway.Log.ExpectAsync(LeftThere);
        Assert.Equal(200, await gateway.AskAsync("/one/x"));
    }

    private static Task ReloadAsync(OperatedGateway gateway) =>
        gateway.Services.GetRequiredService<RouteTable>().ReloadAsync(gateway.Services.GetRequiredService<RouteFiles>().Read(), Deadline.Token());
}
