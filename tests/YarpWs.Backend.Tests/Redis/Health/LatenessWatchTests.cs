using Xunit;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Tests.Node;

namespace YarpWs.Backend.Tests.Redis.Health;

public sealed class LatenessWatchTests : IDisposable
{
    private readonly ObservedTime _time = new();
    private readonly CancellationTokenSource _end = new();

    [Fact]
    public async Task ProcessThatRunsWhenItWantsTo_IsNotLate()
    {
        var watch = new LatenessWatch(_time);
        var watching = watch.RunAsync(_end.Token);

        for (var i = 0; i < 10; i++)
        {
            await _time.PassAsync(LatenessWatch.Interval);
        }

        await EndAsync(watching);
        Assert.False(watch.WasLate);
    }

    [Fact]
    public async Task ProcessThatWasStopped_IsLate()
    {
        var watch = new LatenessWatch(_time);
        var watching = watch.RunAsync(_end.Token);
        await _time.PassAsync(LatenessWatch.Interval);

        await _time.BeginAsync(LatenessWatch.Interval);
        _time.Advance(TimeSpan.FromSeconds(2));
        await _time.PassAsync(LatenessWatch.Interval);

        await EndAsync(watching);
        Assert.True(watch.WasLate);
    }

    public void Dispose() => _end.Dispose();

    private async Task EndAsync(Task watching)
    {
        await _end.CancelAsync();
        await watching.WaitAsync(Deadline.Length, TestContext.Current.CancellationToken);
    }
}
