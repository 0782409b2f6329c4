using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Redis;

namespace YarpWs.Gateway.Tests.Redis;

/// <summary>What is said of a Redis that comes and goes.</summary>
public sealed class RedisStateTests : IDisposable
{
    private readonly CollectedLog _log = new();
    private readonly LoggerFactory _loggers;
    private readonly RedisState _state;
    private int _returned;

    public RedisStateTests()
    {
        _loggers = new LoggerFactory([_log]);
        _state = new RedisState(Options.Create(new RedisOptions()), _loggers.CreateLogger<RedisState>());
        _state.Returned += () => _returned++;
    }

    public void Dispose()
    {
        _loggers.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Redis_IsAway_UntilItHasAnswered()
    {
        Assert.Equal((false, "away (not asked yet)"), (_state.IsUp, _state.State));

        _state.Answered();

        Assert.Equal((true, "ready"), (_state.IsUp, _state.State));
    }

    [Fact]
    public void Redis_ThatFailsAtFirst_IsAway_ByItsFailure()
    {
        _state.Failed(new TimeoutException("late"));

        Assert.Equal((false, "away (no answer in time)"), (_state.IsUp, _state.State));
        Assert.Equal(0, _returned);
    }

    [Fact]
    public void LossAndReturn_AreSaidOnceEach()
    {
        for (var time = 1; time <= 2; time++)
        {
            for (var again = 1; again <= 2; again++)
            {
                _state.Answered();
                Assert.Equal((true, time, (2 * time) - 1), (_state.IsUp, _returned, _log.Lines.Count));
            }

            foreach (var (failure, state) in new (Exception, string)[] { (new TimeoutException("late"), "away (no answer in time)"), (new InvalidOperationException("OOM command not allowed"), "full") })
            {
                _state.Failed(failure);
                Assert.Equal((false, state, 2 * time), (_state.IsUp, _state.State, _log.Lines.Count));
            }
        }
    }
}
