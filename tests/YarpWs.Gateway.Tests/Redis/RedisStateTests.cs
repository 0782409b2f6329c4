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

        Assert.Equal((false, "away (TimeoutException)"), (_state.IsUp, _state.State));
        Assert.Equal(0, _returned);
    }

    [Fact]
    public void LossAndReturn_AreSaidOnceEach()
    {
        for (var time = 1; time <= 2; time++)
        {
            _state.Answered();
            _state.Answered();
            Assert.Equal((time, (2 * time) - 1), (_returned, _log.Lines.Count));

            _state.Failed(new TimeoutException("late"));
            _state.Failed(new InvalidOperationException("OOM command not allowed"));
            Assert.Equal((false, "full", 2 * time), (_state.IsUp, _state.State, _log.Lines.Count));
        }
    }
}
