using System.Diagnostics;
using Xunit;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>Thousands of sockets with messages under way, while the gateway is changed, drained or stopped.</summary>
[Collection("Long")]
[Trait("Category", "Long")]
public sealed class CrowdTests : IAsyncDisposable
{
    private const int Crowd = 5_000;
    private const int PerSecond = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly RawBackend _backend = new(RawBackend.EchoAsync);
    private readonly List<CrowdMember> _members = [];
    private readonly CancellationTokenSource _over = new();
    private CrowdGateway? _gateway;
    private Task _talking = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _talking;
        foreach (var member in _members)
        {
            await member.DisposeAsync();
        }

        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        await _backend.DisposeAsync();
        _over.Dispose();
    }

    [Theory(Explicit = true)]
    [InlineData(1_000)]
    [InlineData(Crowd)]
    public async Task AHundredReloads_LoseNoSocket_AndNoMessage(int count)
    {
        await OpenAsync(count);

        for (var version = 1; version <= 100; version++)
        {
            await _gateway!.ReloadAsync(version);
        }

        // Everybody has said something since, and everything has come back.
        var before = _members.Select(member => member.Echoed).ToList();
        await Eventually.IsAsync(
            _ => Task.FromResult(_members.Zip(before, (member, echoed) => member.Echoed > echoed || member.Ended.IsCompleted).All(isSo => isSo)),
            "everybody to be heard once more",
            Patience);
        Assert.DoesNotContain(_members, member => member.Ended.IsCompleted);
        Print($"{count} sockets carried {_members.Sum(member => member.Echoed)} messages there and back over 100 reloads.");
    }

    [Fact(Explicit = true)]
    public async Task Terminated_FiveThousandSocketsGetTheirCloseFrame_AndNoMessageIsCut()
    {
        await OpenAsync(Crowd);
        var started = Stopwatch.GetTimestamp();

        _gateway!.Process.Stop();

        await ExpectClosedAsync(started);
        await _gateway.Process.WaitForExitAsync(Patience);
        Assert.Equal(0, _gateway.Process.ExitCode);
    }

    [Fact(Explicit = true)]
    public async Task DrainedDestination_FiveThousandComeBackAtOnce_AndBackendsSeeNoMoreThanTheRate()
    {
        const int Rate = 400;
        const int Burst = 100;
        await OpenAsync(Crowd);
        await _gateway!.ReloadAsync(1, $"\"Sockets.HandshakesPerSecond\": \"{Rate} burst {Burst}\"");
        var started = Stopwatch.GetTimestamp();
        var returning = _members.Select(async member =>
        {
            await member.Ended;
            return await CrowdMember.JoinAsync(_gateway.Address);
        }).ToList();

        await _gateway.DrainAsync(PerSecond);

        await ExpectClosedAsync(started);
        var returned = await Task.WhenAll(returning).WaitAsync(Patience, TestContext.Current.CancellationToken);
        var came = _backend.Connections.Select(connection => connection.OpenedAt).Where(at => at > started).Order().ToList();
        Print($"Came back per second: {string.Join(' ', PerWindow(came, started))}");
        Assert.Equal(Crowd, came.Count);

        // On a busy machine they arrive late and in heaps, but at no moment can there have been more than the rate has let through.
        Assert.All(came, (at, before) => Assert.InRange(before + 1, 1, Burst + (Rate * Stopwatch.GetElapsedTime(started, at).TotalSeconds)));
        await Eventually.IsAsync(async _ => await _gateway.SocketsAsync() == Crowd, "all to stand in the table again", Patience);
        foreach (var member in returned)
        {
            await member.DisposeAsync();
        }
    }

    private async Task OpenAsync(int count)
    {
        _gateway = await CrowdGateway.StartAsync(_backend);
        var opening = new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForAsync(0, count, opening, async (_, _) =>
        {
            var member = await CrowdMember.JoinAsync(_gateway.Address);
            lock (_members)
            {
                _members.Add(member);
            }
        });
        _talking = TalkAsync(_over.Token);
        await Eventually.IsAsync(_ => Task.FromResult(_members.TrueForAll(member => member.Echoed > 0)), "everybody to be heard", Patience);
    }

    /// <summary>Has every member send a number each second, a twentieth of them at a time.</summary>
    private async Task TalkAsync(CancellationToken over)
    {
        const int Shares = 20;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / Shares));
        try
        {
            for (var share = 0; ; share = (share + 1) % Shares)
            {
                await timer.WaitForNextTickAsync(over);
                for (var index = share; index < _members.Count; index += Shares)
                {
                    await _members[index].SendNextAsync();
                }
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    private async Task ExpectClosedAsync(long started)
    {
        var ends = await Task.WhenAll(_members.Select(member => member.Ended)).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Print($"Closed per second: {string.Join(' ', PerWindow(ends.Select(end => end.At), started))}; {_members.Sum(member => member.Echoed)} messages there and back.");
        Assert.All(ends, end => Assert.Equal((1012, null), (end.Code, end.Wrong)));
    }

    private static IEnumerable<string> PerWindow(IEnumerable<long> at, long started) => at
        .CountBy(one => (int)Stopwatch.GetElapsedTime(started, one).TotalSeconds)
        .OrderBy(window => window.Key)
        .Select(window => $"{window.Key}:{window.Value}");

    private static void Print(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);
}
