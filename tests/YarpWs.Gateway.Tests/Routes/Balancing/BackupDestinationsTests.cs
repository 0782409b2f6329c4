namespace YarpWs.Gateway.Tests.Routes.Balancing;

/// <summary>Destinations that are asked only while no other can be.</summary>
public sealed class BackupDestinationsTests
{
    [Fact]
    public async Task Backup_IsAskedWhereTheOthersCannotBeReached_AndNeverBefore()
    {
        await using var first = await Destination.StartAsync();
        await using var backup = await Destination.StartAsync();
        await using var gateway = await TestGateway.StartFromAsync(
            TestGateway.SettingsFile,
            ("ReverseProxy:Routes:spare:Match:Path", "/spare"), ("ReverseProxy:Routes:spare:AuthorizationPolicy", "anonymous"), ("ReverseProxy:Routes:spare:ClusterId", "spare"),
            ("ReverseProxy:Clusters:spare:Destinations:a:Address", first.Address),
            ("ReverseProxy:Clusters:spare:Destinations:b:Address", backup.Address),
            ("ReverseProxy:Clusters:spare:Destinations:b:Metadata:Balancing.Backup", "true"));

        for (var count = 0; count < 20; count++)
        {
            using var answer = await gateway.Http.GetAsync(new Uri("/spare", UriKind.Relative), Deadline.Token());
        }

        Assert.Equal((20, 0), (first.Arrivals.Count, backup.Arrivals.Count));

        await first.DisposeAsync();
        using var last = await gateway.Http.GetAsync(new Uri("/spare", UriKind.Relative), Deadline.Token());

        Assert.Equal((System.Net.HttpStatusCode.OK, 1), (last.StatusCode, backup.Arrivals.Count));
    }
}
