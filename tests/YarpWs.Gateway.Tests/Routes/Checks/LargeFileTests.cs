using System.Globalization;
using YarpWs.Gateway.Routes;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Tests.Routes.Checks;

/// <summary>A file of twice the size takes twice the work. What is counted is what is allocated, which does not depend on the machine.</summary>
public sealed class LargeFileTests
{
    private const int Routes = 1_000;

    /// <summary>Not 2, for buffers that grow by doubling; what is compared with everything else comes to 4.</summary>
    private const double Twice = 2.6;

    public static TheoryData<string, string> Files => new()
    {
        { "of one cluster", "'ClusterId': 'c0', 'Match': { 'Path': '/#/{**rest}' }" },
        { "of a cluster each", "'ClusterId': 'c#', 'Match': { 'Path': '/#/{**rest}' }" },
        { "of one path, and a host each", "'ClusterId': 'c0', 'Match': { 'Path': '/{**rest}', 'Hosts': [ 'h#.example' ] }" },
        { "of one path, and an order each", "'ClusterId': 'c0', 'Order': #, 'Match': { 'Path': '/{**rest}' }" },
        { "of clusters that are none", "'ClusterId': 'd#', 'Match': { 'Path': '/#/{**rest}' }" },
        { "of clusters that are nothing like one", "'ClusterId': 'elsewhere-#', 'Match': { 'Path': '/#/{**rest}' }" },
        { "of misspelt keys", "'Cluster': 'c#', 'Mtach': { 'Path': '/#/{**rest}' }" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Check_OfTwiceTheRoutes_IsTwiceTheWork(string kind, string route)
    {
        Diagnosis.All(Text(10, route));

        var (once, twice) = (AllocatedBy(() => Diagnosis.All(Text(Routes, route))), AllocatedBy(() => Diagnosis.All(Text(2 * Routes, route))));

        Assert.True(twice < Twice * once, $"Routes {kind}: {once} bytes for {Routes}, {twice} for twice as many.");
    }

    [Fact]
    public void Plan_OfTwiceTheChanges_IsTwiceTheWork()
    {
        const string before = "'ClusterId': 'c0', 'Match': { 'Path': '/#/{**rest}' }";
        const string after = "'ClusterId': 'c0', 'Order': 1, 'Match': { 'Path': '/#/{**rest}' }";
        var table = new SocketTable();
        long Work(int count)
        {
            var (old, @new) = (Diagnosis.Read(Text(count, before)), Diagnosis.Read(Text(count, after)));
            return AllocatedBy(() => Assert.Equal(count, RoutePlan.Between(old, @new, table).RoutesIn(@new).Count));
        }

        Work(10);

        var (once, twice) = (Work(Routes), Work(2 * Routes));

        Assert.True(twice < Twice * once, $"{once} bytes for {Routes} changes, {twice} for twice as many.");
    }

    private static string Text(int count, string route) => $$"""
        { "ReverseProxy": {
          "Routes": { {{Each(count, number => $"\"r{number}\": {{ {route.Replace("#", number, StringComparison.Ordinal)} }}")}} },
          "Clusters": { {{Each(count, number => $"\"c{number}\": {{ \"Destinations\": {{ \"a\": {{ \"Address\": \"http://a:1\" }} }} }}")}} }
        } }
        """;

    private static string Each(int count, Func<string, string> one) =>
        string.Join(", ", Enumerable.Range(0, count).Select(number => one(number.ToString(CultureInfo.InvariantCulture))));

    private static long AllocatedBy(Action work)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
