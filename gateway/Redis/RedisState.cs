using Microsoft.Extensions.Options;
using YarpWs.Platform.Redis;

namespace YarpWs.Gateway.Redis;

/// <summary>Whether Redis answered when it was last asked, said once when that changes.</summary>
internal sealed class RedisState(IOptions<RedisOptions> options, ILogger<RedisState> logger)
{
    private readonly bool _hasPassword = !string.IsNullOrEmpty(options.Value.Configuration) && RedisConnection.Settings(options.Value).Password is not null;
    private volatile Exception? _failure;
    private volatile bool _wasAsked;

    /// <summary>Raised when Redis answers for the first time or again. Handlers must return at once.</summary>
    public event Action? Returned;

    public bool IsUp => _wasAsked && _failure is null;

    /// <summary>For the readiness page: <c>ready</c>, or what became of the newest command (<see cref="RedisProblem.State"/>).</summary>
    public string State => IsUp ? "ready" : RedisProblem.State(_failure);

    public void Answered()
    {
        var wasUp = IsUp;
        (_failure, _wasAsked) = (null, true);
        if (!wasUp)
        {
            logger.RedisAnswers();
            Returned?.Invoke();
        }
    }

    public void Failed(Exception exception)
    {
        var wasDown = _failure is not null;
        (_failure, _wasAsked) = (exception, true);
        if (!wasDown)
        {
            logger.RedisLost(RedisProblem.Describe(exception, _hasPassword));
        }
    }
}
