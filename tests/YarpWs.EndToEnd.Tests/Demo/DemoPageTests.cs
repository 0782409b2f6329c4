using Microsoft.Playwright;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Demo;

/// <summary>The demo page in a real browser, served and connected through the gateway.</summary>
public sealed class DemoPageTests
{
    [Fact]
    public async Task TwoTabs_InOneRoom_SeeEachOthersMessages_WithSenderAndNode()
    {
        await using var site = await DemoSite.StartAsync();
        var room = TestCluster.Room();
        var (ann, ben) = await site.OpenOnBothNodesAsync(room);

        await ann.SendAsync("hello <b>ben</b> 😀");
        var nodeOfAnn = await ben.ExpectMessageAsync("hello <b>ben</b> 😀", "ann");
        await ann.ExpectMessageAsync("hello <b>ben</b> 😀", "ann");
        await ben.SendAsync("hello ann");
        var nodeOfBen = await ann.ExpectMessageAsync("hello ann", "ben");

        Assert.Equal(["a", "b"], [.. new[] { nodeOfAnn, nodeOfBen }.Order()]);
        ExpectNoFaults(ann, ben);
        ExpectNoTokenInAddresses(site, ann, ben);
    }

    [Fact]
    public async Task RoomName_ThatIsNone_IsRefusedInThePage()
    {
        await using var site = await DemoSite.StartAsync();
        var ann = await site.OpenAsync();
        await ann.LogInAsync("ann");

        foreach (var name in new[] { "blue green", "blue/green", "bl%75e", "", new string('b', 95) })
        {
            await ann.AskForAsync(name);
            await ann.ExpectRoomRefusedAsync("A room is 1 to 94 letters, digits or underscores.");
            await ann.JoinAsync(TestCluster.Room());
        }

        ExpectNoFaults(ann);
    }

    [Fact]
    public async Task Tab_WhoseBackendStops_ComesBackByItself()
    {
        await using var site = await DemoSite.StartAsync();
        var room = TestCluster.Room();
        var (ann, ben) = await site.OpenOnBothNodesAsync(room);
        await ann.SendAsync("before");
        var nodeOfAnn = await ben.ExpectMessageAsync("before", "ann");

        await site.Cluster.StopBackendAsync(nodeOfAnn == "a" ? 0 : 1);
        await ann.ExpectNoteAsync($"Back in {room}.");
        await ann.ExpectStateAsync("Connected");
        await ann.SendAsync("after");
        var nodeThen = await ben.ExpectMessageAsync("after", "ann");
        await ben.SendAsync("welcome back");
        await ann.ExpectMessageAsync("welcome back", "ben");

        Assert.NotEqual(nodeOfAnn, nodeThen);
        await ben.ExpectStateAsync("Connected");
        ExpectNoFaults(ann, ben);
        ExpectNoTokenInAddresses(site, ann, ben);
    }

    [Fact]
    public async Task Tab_ThatWaits_ComesBackAtOnce_WhenItsReaderSaysSo()
    {
        await using var site = await DemoSite.StartAsync();
        var room = TestCluster.Room();
        var (ann, ben) = await site.OpenOnBothNodesAsync(room);
        await ann.SendAsync("before");
        var nodeOfAnn = await ben.ExpectMessageAsync("before", "ann");

        await ann.StopClockAsync();
        await site.Cluster.StopBackendAsync(nodeOfAnn == "a" ? 0 : 1);
        await ann.TryNowAsync();

        await ann.ExpectNoteAsync($"Back in {room}.");
        await ann.ExpectStateAsync("Connected");
        ExpectNoFaults(ben);
    }

    [Fact]
    public async Task Page_OnAPhone_IsNotScrolledSideways()
    {
        await using var site = await DemoSite.StartAsync();
        var ann = await site.OpenAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 320, Height = 568 },
            DeviceScaleFactor = 2,
            IsMobile = true,
            HasTouch = true,
        });
        var (name, room, text) = (new string('n', 64), new string('r', 94), new string('w', 500));

        await ann.ExpectToFitAsync();
        await ann.LogInAsync(name);
        await ann.ExpectToFitAsync();
        await ann.JoinAsync(room);
        await ann.SendAsync(text);
        await ann.ExpectMessageAsync(text, name);
        await ann.ExpectToFitAsync();

        ExpectNoFaults(ann);
    }

    private static void ExpectNoFaults(params DemoTab[] tabs) => Assert.All(tabs, tab => Assert.Empty(tab.Faults));

    private static void ExpectNoTokenInAddresses(DemoSite site, params DemoTab[] tabs)
    {
        Assert.True(site.Issuer.Issued.Count >= tabs.Length);
        foreach (var address in tabs.SelectMany(tab => tab.Addresses))
        {
            Assert.DoesNotContain("access_token", address, StringComparison.OrdinalIgnoreCase);
            Assert.All(site.Issuer.Issued, token => Assert.DoesNotContain(token.Split('.')[2], address, StringComparison.Ordinal));
        }

        Assert.All(tabs, tab => Assert.Contains(tab.Addresses, address => address.StartsWith("ws://", StringComparison.Ordinal)));
    }
}
