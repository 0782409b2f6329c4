namespace YarpWs.Platform.Jwt;

/// <summary>Fetches the keys of every issuer from the start on, each in a loop of its own, so that none waits for another.</summary>
internal sealed class IssuerWatch(TokenIssuers issuers) : BackgroundService
{
    /// <summary>Waits for the first fetches before anything listens, no longer than a request would: a healthy issuer's tokens are let in from the first on.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var keys in Keys)
        {
            keys.Expect();
        }

        await base.StartAsync(cancellationToken);
        await Task.WhenAll(Keys.Select(keys => keys.FetchUnderWay));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(Keys.Select(keys => keys.RunAsync(stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, or is disposed without a stop: nobody waits for keys any more.
        }
    }

    private IEnumerable<IssuerKeys> Keys => issuers.All.Select(issuer => issuer.Keys).OfType<IssuerKeys>();
}
