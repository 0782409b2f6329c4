using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Backend.Messages;
using YarpWs.Platform.Redis;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Redis;

/// <summary>
/// Knows whether Redis really carries messages: a probe is written and published by a script, as messages are, and must be heard again,
/// on the same connections that groups use. A server that answers PING but delivers nothing, takes no writes, or hangs, counts as away
/// like one that is stopped.
/// </summary>
internal sealed class RedisHealth : BackgroundService
{
    /// <summary>
    /// Uses every command that the scripts of a group use, on keys of the same hub: a user who may not use one of them, or a hub whose slot is gone, fails here as it
    /// fails there. KEYS[1], [2] and [3] are a string, a sorted set and a hash; ARGV[1] is the probe's number, ARGV[2] for how long it is kept in milliseconds,
    /// ARGV[3] the command that publishes.
    /// </summary>
    public const string ProbeScript =
        """
        redis.call('TIME')
        redis.call('GET', KEYS[1])
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        redis.call('ZADD', KEYS[2], ARGV[1], ARGV[1])
        redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '+inf')
        redis.call('ZCARD', KEYS[2])
        redis.call('ZPOPMIN', KEYS[2])
        redis.call('HSET', KEYS[3], 'probe', ARGV[1])
        redis.call('HGET', KEYS[3], 'probe')
        redis.call('HMGET', KEYS[3], 'probe', 'probe')
        redis.call('PEXPIRE', KEYS[3], ARGV[2])
        redis.call(ARGV[3], KEYS[1], ARGV[1])
        """;

    /// <summary>A probe's key is gone soon after its node.</summary>
    private static readonly TimeSpan ProbeRetention = TimeSpan.FromMinutes(1);

    /// <summary>Probes in a row that may prove nothing.</summary>
    private const int MaxLateProbes = 3;

    /// <summary>What a probe may have waited in this process, as a share of its timeout, before its silence proves nothing.</summary>
    private const double LateShare = 0.1;

    private readonly RedisConnection _redis;
    private readonly RedisOptions _options;
    private readonly ProcessDelay _delay;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisHealth> _logger;
    private readonly RedisChannel _channel;
    private readonly RedisKey _probeKey;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly bool _hasPassword;
    private volatile TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource? _heard;
    private Exception? _failure;
    private string? _problem;
    private long _probe;
    private long _started;
    private bool _everProbed;
    private bool _isDeaf = true;
    private bool _wasCut;

    public RedisHealth(
        HubName hub, RedisConnection redis, RedisNames names, IOptions<RedisOptions> options, ProcessDelay delay, TimeProvider time, ILogger<RedisHealth> logger)
    {
        _redis = redis;
        _options = options.Value;
        _hasPassword = RedisConnection.Settings(_options).Password is not null;
        _delay = delay;
        _time = time;
        _logger = logger;
        _channel = names.Probe(hub, Guid.NewGuid().ToString("N"));
        _probeKey = (byte[])_channel!;
    }

    /// <summary>
    /// Raised each time Redis has come back, also when it was away for so short a time that no probe failed, and on the first time it answers.
    /// What was published meanwhile may have been missed. Handlers must return at once.
    /// </summary>
    public event Action? Returned;

    /// <summary>Whether the newest probe came back.</summary>
    public bool IsUp => _up.Task.IsCompleted;

    /// <summary>Completes once Redis carries messages; at once when it does already.</summary>
    public Task WaitUntilUpAsync(CancellationToken cancellationToken) => _up.Task.WaitAsync(cancellationToken);

    /// <summary>For the readiness page: <c>ready</c>, or what became of the newest probe (<see cref="RedisProblem.State"/>).</summary>
    public string State => IsUp ? "ready" : RedisProblem.State(_failure);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _redis.Changed += Note;
        _started = _time.GetTimestamp();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var wasCut = Interlocked.Exchange(ref _wasCut, false);
                _isDeaf |= wasCut;
                var failure = await ProbeAsync(stoppingToken);
                Report(IsNews(failure) ? await _redis.FindCauseAsync(failure!) : failure, wasCut);
                await _changed.WaitAsync(_options.ProbeInterval, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; there is nobody left to tell.
        }
        finally
        {
            _redis.Changed -= Note;
        }
    }

    /// <summary>
    /// Sends one probe the whole way. Returns what went wrong, or null when it was heard in time. A probe that this process itself was late for
    /// proves nothing, and another one is sent; a process that is late again and again is to refuse clients as well.
    /// </summary>
    private async Task<Exception?> ProbeAsync(CancellationToken cancellationToken)
    {
        for (var probes = 1; ; probes++)
        {
            var sent = _time.GetTimestamp();
            var failure = await ProbeOnceAsync(cancellationToken);
            if (failure is not TimeoutException || _delay.LongestSince(sent) < _options.ProbeTimeout * LateShare || probes == MaxLateProbes)
            {
                return failure;
            }

            _logger.ProbeWasLate();
        }
    }

    private async Task<Exception?> ProbeOnceAsync(CancellationToken cancellationToken)
    {
        var probe = Interlocked.Increment(ref _probe);
        var heard = _heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (_isDeaf)
            {
                // The server may have forgotten a subscription that the library believes in.
                await _redis.Subscriber.UnsubscribeFromMasterAsync(_redis.Route(_channel));
                await _redis.Subscriber.SubscribeAtMasterAsync(_redis.Route(_channel), Hear);
                _isDeaf = false;
            }

            await _redis.Database.ScriptEvaluateAsync(
                ProbeScript, [_probeKey, _probeKey.Append(":set"), _probeKey.Append(":hash")], [probe, (long)ProbeRetention.TotalMilliseconds, _redis.PublishCommand], CommandFlags.DemandMaster);
            await heard.Task.WaitAsync(_options.ProbeTimeout, _time, cancellationToken);
            return null;
        }
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
        {
            // Whatever became of the answer to the script: what was heard has come the whole way.
            if (heard.Task.IsCompleted)
            {
                return null;
            }

            _isDeaf = true;
            return exception;
        }
    }

    private void Hear(RedisChannel channel, RedisValue probe)
    {
        // An older probe that arrives late says nothing about now.
        if ((long)probe == Interlocked.Read(ref _probe))
        {
            _heard?.TrySetResult();
        }
    }

    /// <param name="failure">What became of the probe.</param>
    /// <param name="wasCut">Whether a connection was lost or restored since the probe before it.</param>
    private void Report(Exception? failure, bool wasCut)
    {
        var wasUp = IsUp;
        _failure = failure;
        if (IsStillConnecting(failure))
        {
            return;
        }

        if (failure is null && !wasUp)
        {
            _up.SetResult();
            _logger.RedisAnswers();
            Returned?.Invoke();
        }
        else if (failure is null && wasCut)
        {
            Returned?.Invoke();
        }
        else if (failure is not null && (wasUp || !_everProbed || (RedisProblem.IsLasting(failure) && RedisProblem.Describe(failure, _hasPassword) != _problem)))
        {
            if (wasUp)
            {
                _up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            _problem = RedisProblem.Describe(failure, _hasPassword);
            _logger.RedisLost(_problem);
        }

        _everProbed = true;
    }

    /// <summary>Whether a line is due that would not say what keeps Redis from serving.</summary>
    private bool IsNews(Exception? failure) =>
        failure is RedisConnectionException && (IsUp || !_everProbed) && !IsStillConnecting(failure) && !RedisProblem.IsKnown(failure, _hasPassword);

    /// <summary>
    /// Whether the library has not got all its connections yet since this node started: RESP2 takes one for commands and another for pub/sub. Until a probe could have
    /// come back that says nothing about Redis, unless there is a cause that no waiting mends.
    /// </summary>
    private bool IsStillConnecting(Exception? failure) =>
        !_everProbed && failure is not null && !RedisProblem.IsKnown(failure, _hasPassword) && _time.GetElapsedTime(_started) < _options.ProbeTimeout;

    private void Note()
    {
        Volatile.Write(ref _wasCut, true);
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // A probe is due already.
        }
    }
}
