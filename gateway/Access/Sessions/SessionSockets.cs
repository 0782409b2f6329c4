using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Access.Logins;
using YarpWs.Gateway.Redis;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// Lets the sockets of a session live as long as the session, while no request of its browser's comes: when its access token is about to end, the token is renewed, or the newer one of another gateway is taken.
/// </summary>
internal sealed class SessionSockets(
    SocketTable sockets,
    SessionStore store,
    SessionRenewals renewals,
    LoginRenewals logins,
    AccessTokenCheck check,
    IOptions<SessionsOptions> options,
    TimeProvider time,
    ILogger<SessionSockets> logger) : BackgroundService
{
    /// <summary>How often it is looked for sessions whose time has come.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Renewals at once, so that sessions of a gateway's whole crowd do not come upon the issuer together.</summary>
    private const int AtOnce = 16;

    /// <summary>The sessions with sockets here, and when each is to be looked at.</summary>
    private readonly ConcurrentDictionary<string, Watched> _watched = new();

    /// <summary>Before the gateway listens, so that no socket is missed.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        sockets.Added += Watch;
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await renewals.WhenIdleAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = time.GetUtcNow();
                await Parallel.ForEachAsync(
                    _watched.Where(one => one.Value.LookAt <= now),
                    new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken },
                    async (one, _) => await LookAsync(one.Key, one.Value));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, and so do the sockets.
        }
        finally
        {
            sockets.Added -= Watch;
        }
    }

    private void Watch(LiveSocket socket)
    {
        if (socket.Login is { Session: { } key, User: { } user } login)
        {
            _watched.TryAdd(key, new Watched(login.Issuer, user, login.ExpiresAt - options.Value.RenewBefore));
        }
    }

    /// <summary>One session's turn.</summary>
    private async Task LookAsync(string key, Watched watched)
    {
        try
        {
            // Out first: a socket that opens meanwhile puts it in again.
            _watched.TryRemove(new(key, watched));
            if (!Of(key, watched).Any() || await store.FindAsync(key) is not { RefreshToken: not null } session)
            {
                // Nobody is left, or the session has ended; sockets end with its last token.
                return;
            }

            if (session.RenewAt <= time.GetUtcNow() && await renewals.RenewAsync(session) is var renewed)
            {
                if (renewed is null)
                {
                    return;
                }

                session = renewed;
            }

            await TakeAsync(session, watched);
            var next = session.RenewAt > time.GetUtcNow() ? session.RenewAt : time.GetUtcNow() + SessionRenewals.PauseBetweenTries;
            _watched.TryAdd(key, watched with { LookAt = next });
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            _watched.TryAdd(key, watched);
        }
        catch (Exception exception)
        {
            // The other sessions must not pay for it.
            logger.SessionRenewalFailed(exception);
            _watched.TryAdd(key, watched with { LookAt = time.GetUtcNow() + SessionRenewals.PauseBetweenTries });
        }
    }

    /// <summary>Sockets that missed the news that another gateway has renewed the token.</summary>
    private async Task TakeAsync(Session session, Watched watched)
    {
        if (Of(session.Key, watched).Any(socket => socket.Login!.ExpiresAt < session.Login.ExpiresAt)
            && await check.CheckAsync(session.AccessToken, session) is { Login: { User: not null } login } access)
        {
            await logins.RenewAsync(new Renewal(login, access.Policies));
        }
    }

    private IEnumerable<LiveSocket> Of(string key, Watched watched) => sockets.Of(watched.Issuer, watched.User).Where(socket => socket.Login?.Session == key);

    private sealed record Watched(string? Issuer, string User, DateTimeOffset LookAt);
}
