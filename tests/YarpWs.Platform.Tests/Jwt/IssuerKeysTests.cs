using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Protocols;
using YarpWs.Platform.Jwt;

namespace YarpWs.Platform.Tests.Jwt;

public sealed class IssuerKeysTests : IAsyncDisposable
{
    private readonly ObservedTime _time = new();
    private readonly Documents _documents = new();
    private readonly IssuerKeys _keys;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public IssuerKeysTests() => _keys = new IssuerKeys("Bearer", new SchemeOptions { Authority = "https://login.example" }, _documents, _time, NullLogger.Instance);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        _stop.Dispose();
    }

    [Fact]
    public async Task Pauses_GrowUpToThirtySeconds_WhateverIsAskedMeanwhile()
    {
        Start();
        var fetches = 0;
        foreach (var pause in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            await ExpectFetchAsync();
            Assert.Equal(TimeSpan.FromSeconds(pause), await _time.NextTimerAsync());

            for (var token = 0; token < 100; token++)
            {
                _keys.RequestRefresh();
            }

            Assert.True(_keys.AreMissing);
            Assert.Equal(++fetches, _documents.Asked);
            Assert.Equal(pause + 1, _keys.RetryAfterSeconds);
            _time.Advance(TimeSpan.FromSeconds(pause));
        }
    }

    [Fact]
    public async Task Request_WaitsForAFetchThatHangs_ASecondAndNoLonger()
    {
        _documents.Hang();
        Start();
        var waiting = _keys.FetchUnderWay;
        await ExpectFetchAsync();
        Assert.False(waiting.IsCompleted);

        _time.Advance(IssuerKeys.LongestWait);

        await waiting.WaitAsync(Deadline.Token());
        Assert.True(_keys.FetchUnderWay.IsCompleted);
        Assert.Equal("not fetched yet", _keys.Fault);

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(TimeSpan.FromSeconds(1), await _time.NextTimerAsync());
        Assert.Equal("no answer within 10 s", _keys.Fault);
    }

    private void Start()
    {
        _keys.Expect();
        _running = Task.Run(() => _keys.RunAsync(_stop.Token));
    }

    /// <summary>A fetch begins with two limits: how long requests wait for it, and how long it may take.</summary>
    private async Task ExpectFetchAsync()
    {
        Assert.Equal(IssuerKeys.LongestWait, await _time.NextTimerAsync());
        Assert.Equal(TimeSpan.FromSeconds(10), await _time.NextTimerAsync());
    }

    private sealed class Documents : IDocumentRetriever
    {
        private int _asked;
        private bool _hangs;

        public int Asked => Volatile.Read(ref _asked);

        public void Hang() => _hangs = true;

        public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
        {
            Interlocked.Increment(ref _asked);
            if (_hangs)
            {
                await Task.Delay(Timeout.Infinite, cancel);
            }

            throw new HttpRequestException($"{address} answers 500");
        }
    }

    /// <summary>A clock that the test moves, and which tells for how long somebody begins to wait.</summary>
    private sealed class ObservedTime : FakeTimeProvider
    {
        private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _timers.Writer.TryWrite(dueTime);
            return timer;
        }

        public ValueTask<TimeSpan> NextTimerAsync() => _timers.Reader.ReadAsync(Deadline.Token());
    }
}
