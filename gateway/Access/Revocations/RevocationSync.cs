using Microsoft.Extensions.Options;
using StackExchange.Redis;
using YarpWs.Gateway.Access.Logins;
using YarpWs.Gateway.Redis;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Access.Revocations;

/// <summary>
/// Keeps this gateway's revocations and those in Redis the same. It hears each as it is made; what pub/sub loses it finds by the version, at
/// once when the next one is heard, else within <see cref="RevocationOptions.AuditInterval"/>. Lists are joined, never shortened: what Redis lost,
/// or what was revoked here while it was away, is written there again. As the one who knows when Redis has to be heard anew, it also lets
/// <see cref="LoginRenewals"/> listen.
/// </summary>
internal sealed class RevocationSync : BackgroundService
{
    private readonly RedisConnection _redis;
    private readonly RedisState _state;
    private readonly RevocationStore _store;
    private readonly RevocationList _list;
    private readonly Revocations _revocations;
    private readonly LoginRenewals _renewals;
    private readonly RevocationOptions _options;
    private readonly ILogger<RevocationSync> _logger;
    private readonly RedisListener _listener;
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private volatile bool _wasRead;
    private volatile bool _isStale = true;
    private long _version;

    public RevocationSync(
        RedisConnection redis,
        RedisNames names,
        RedisState state,
        RevocationStore store,
        RevocationList list,
        Revocations revocations,
        LoginRenewals renewals,
        IOptions<RevocationOptions> options,
        GatewayMetrics metrics,
        ILogger<RevocationSync> logger)
    {
        _redis = redis;
        _state = state;
        _store = store;
        _list = list;
        _revocations = revocations;
        _renewals = renewals;
        _options = options.Value;
        _logger = logger;
        _listener = new RedisListener(redis, names.RevocationsChannel, Hear);
        metrics.ObserveRevocations(() => list.Count);
    }

    /// <summary>Whether Redis was read since the start; without a Redis there is nothing to read.</summary>
    public bool IsKnown => _wasRead || !_redis.IsConfigured;

    /// <summary>Reads the list before the gateway listens. Without an answer it starts all the same, and goes on trying.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_redis.IsConfigured)
        {
            await AuditAsync();
        }

        await base.StartAsync(cancellationToken);
    }

    /// <summary>Hands a revocation that holds here to the others, now or when Redis is back.</summary>
    public async Task<Scope> HandOnAsync(Revocation revocation)
    {
        if (!_redis.IsConfigured)
        {
            return Scope.Local;
        }

        try
        {
            return Count(await _store.AddAsync([revocation])) ? Scope.Local : Scope.All;
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            _isStale = true;
            _logger.RevocationWaits(revocation.Target.ToString());
            return Scope.Pending;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _redis.Changed += ReadAgain;
        try
        {
            while (true)
            {
                await _wanted.WaitAsync(_options.AuditInterval, stoppingToken);
                _list.DropEnded();
                if (_redis.IsConfigured)
                {
                    await AuditAsync();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; there is nothing left to follow.
        }
        finally
        {
            _redis.Changed -= ReadAgain;
        }
    }

    private async Task AuditAsync()
    {
        try
        {
            if (await _store.ReadVersionAsync() != Interlocked.Read(ref _version) || _isStale)
            {
                await JoinAsync();
            }

            _state.Answered();
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            _isStale = true;
            _state.Failed(exception);
        }
    }

    private async Task JoinAsync()
    {
        // From here on a change is heard, or read below, or found missing by its version.
        _isStale = false;
        await _listener.ListenAsync();
        await _renewals.ListenAsync();
        var version = await _store.ReadVersionAsync();
        var stored = await _store.ReadAsync();
        Interlocked.Exchange(ref _version, version);

        var closed = _revocations.Apply(stored);
        _wasRead = true;

        var there = stored.ToDictionary(revocation => revocation.Target);
        var missing = _list.All.Where(known => !there.TryGetValue(known.Target, out var other) || other.With(known) != other).ToList();
        Count(await _store.AddAsync(missing));
        _logger.RevocationsRead(stored.Count, missing.Count, closed);
    }

    private void Hear(RedisValue message)
    {
        if (_store.ParseMessage(message) is not var (version, revocation))
        {
            return;
        }

        _revocations.Apply(revocation);
        var known = Interlocked.CompareExchange(ref _version, version, version - 1);
        if (version > known + 1)
        {
            // One was missed. The version that is known stays behind Redis's, by which the audit finds out.
            Wake();
        }
    }

    /// <summary>Whether Redis has refused any.</summary>
    private bool Count(int refused)
    {
        if (refused > 0)
        {
            _logger.RevocationsTooMany(refused);
        }

        return refused > 0;
    }

    /// <summary>The connection is another, perhaps to another server: its list may differ and have the same version, when a replaced master and its successor have taken one each.</summary>
    private void ReadAgain()
    {
        _isStale = true;
        Wake();
    }

    private void Wake()
    {
        try
        {
            _wanted.Release();
        }
        catch (SemaphoreFullException)
        {
            // An audit is due already.
        }
    }
}
