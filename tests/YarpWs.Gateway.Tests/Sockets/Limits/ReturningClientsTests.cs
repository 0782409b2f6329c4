using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Limits;

namespace YarpWs.Gateway.Tests.Sockets.Limits;

/// <summary>After a restart everybody comes back at once, and the destinations see no more of it than the rate says.</summary>
public sealed class ReturningClientsTests : IDisposable
{
    private const int Clients = 2000;

    private readonly LimitsUnderTest _test = new();

    public void Dispose() => _test.Dispose();

    /// <summary>Everybody tries at once and comes back when told to, or after a second if told nothing; returns when each got through.</summary>
    private List<TimeSpan> ComeBack(SocketOptions options, bool obey)
    {
        var start = _test.Time.GetUtcNow();
        var random = new Random(7);
        var attempts = new PriorityQueue<int, TimeSpan>(Enumerable.Range(0, Clients).Select(client => (client, random.NextDouble() * TimeSpan.FromSeconds(1))));
        var passed = new List<TimeSpan>();
        while (attempts.TryDequeue(out var client, out var at))
        {
            _test.Time.SetUtcNow(start + at);
            if (_test.Limits.Pass("ws", options) is { } refusal)
            {
                var pause = obey ? TimeSpan.FromSeconds(Math.Ceiling(refusal.RetryAfter.TotalSeconds)) : TimeSpan.FromSeconds(1);
                attempts.Enqueue(client, at + pause);
            }
            else
            {
                passed.Add(at);
            }
        }

        return passed;
    }

    [Theory]
    [InlineData("100", true)]
    [InlineData("100", false)]
    [InlineData("50 burst 10", true)]
    [InlineData("50 burst 10", false)]
    [InlineData("200 burst 600", true)]
    public void InNoSecond_DoMoreReachTheDestinations_ThanRateAndBurst(string text, bool obey)
    {
        var rate = Rate.Parse(text);

        var passed = ComeBack(new SocketOptions { HandshakesPerSecond = rate }, obey);

        Assert.Equal(Clients, passed.Count);
        for (int first = 0, last = 0; last < passed.Count; last++)
        {
            while (passed[last] - passed[first] > TimeSpan.FromSeconds(1))
            {
                first++;
            }

            Assert.True(last - first + 1 <= rate.PerSecond + rate.Burst, $"{last - first + 1} came within a second at {passed[last]}");
        }
    }

    [Fact]
    public void ThoseWhoComeBackWhenTold_FindRoom_InAboutTheTimeTheRateTakes()
    {
        var passed = ComeBack(new SocketOptions { HandshakesPerSecond = Rate.Parse("100") }, obey: true);

        Assert.InRange(passed[^1], TimeSpan.FromSeconds(19), TimeSpan.FromSeconds(25));
        Assert.InRange(_test.Counted["HandshakesPerSecond ws refused"], Clients - 200, Clients * 3 / 2);
    }

    [Fact]
    public void NobodyIsToldToWait_LongerThanAMinute()
    {
        var options = new SocketOptions { HandshakesPerSecond = Rate.Parse("1") };

        var longest = Enumerable.Range(0, Clients).Max(_ => _test.Limits.Pass("ws", options)?.RetryAfter ?? TimeSpan.Zero);

        Assert.InRange(longest, TimeSpan.FromSeconds(59), TimeSpan.FromSeconds(61));
    }
}
