using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Access;

/// <summary>
/// Fetches the keys of every authority once, before the first client needs them, and again until they are there. Afterwards the
/// scheme refreshes them by itself.
/// </summary>
internal sealed class AuthorityMetadata(
    AccessSchemes schemes,
    IOptionsMonitor<JwtBearerOptions> options,
    TimeProvider time,
    ILogger<AuthorityMetadata> logger) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private volatile string? _missing = "keys not fetched yet";

    /// <summary>What is missing, in words for the operator; null when every scheme can check tokens.</summary>
    public string? Missing => _missing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (var scheme in schemes.Names)
            {
                await FetchAsync(scheme, stoppingToken);
            }

            _missing = null;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, or is disposed without a stop: nobody waits for keys any more.
        }
    }

    private async Task FetchAsync(string scheme, CancellationToken stopping)
    {
        var jwt = options.Get(scheme);
        if (jwt.ConfigurationManager is not { } source)
        {
            return;
        }

        for (var pause = FirstPause; ; pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await source.GetConfigurationAsync(stopping);
                logger.AuthorityReached(scheme, jwt.MetadataAddress);
                return;
            }
            catch (InvalidOperationException exception)
            {
                // The configuration manager wraps whatever went wrong, from name resolution to a document that is no metadata, in this one type: the stop too.
                stopping.ThrowIfCancellationRequested();
                _missing = $"scheme {scheme}: no keys from {jwt.MetadataAddress} yet";
                logger.AuthorityUnreachable(scheme, jwt.MetadataAddress, exception.GetBaseException().Message, pause);
            }

            await Task.Delay(pause, time, stopping);
        }
    }
}
