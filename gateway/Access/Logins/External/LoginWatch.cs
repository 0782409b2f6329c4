using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>Has each check asked again about the logins whose sockets are open, before its last answer is too old.</summary>
internal sealed class LoginWatch(ExternalChecks checks, CheckedSockets sockets, SocketTable table, CheckReport report, TimeProvider time) : BackgroundService
{
    /// <summary>A tenth of the shortest time that an answer may hold.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        table.Added += OnAdded;
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        table.Added -= OnAdded;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                report.Look();
                foreach (var check in checks.All)
                {
                    check.Logins.Look(login => login.Good is { } good && sockets.Of(good, login.Question.Key).Any());
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    /// <summary>The request that opened it still holds what is known of its login; the check may have refused that since.</summary>
    private void OnAdded(LiveSocket socket)
    {
        if (socket.Origin.Login?.CheckKey is not { } key)
        {
            return;
        }

        foreach (var check in checks.All)
        {
            if (check.Logins.Find(key) is { } login)
            {
                if (!check.Logins.Watch(login))
                {
                    socket.Close(SocketClose.LoginRevoked);
                }

                return;
            }
        }

        socket.Close(SocketClose.LoginRevoked);
    }
}
