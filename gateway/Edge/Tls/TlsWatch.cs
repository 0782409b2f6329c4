using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>Finds changes of certificates and authorities as routes' are found: by reading again and comparing, links and renames alike.</summary>
internal sealed class TlsWatch(TlsEndpoints endpoints, IOptions<TlsOptions> options, GatewayMetrics metrics, TimeProvider time, ILogger<TlsWatch> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!endpoints.Any)
        {
            return;
        }

        metrics.ObserveCertificates(SecondsLeft);
        Warn();
        foreach (var authorities in endpoints.AuthorityFiles.Where(file => file.Doubt is not null))
        {
            logger.AuthoritiesLetNobodyIn(authorities.Name, authorities.Key, authorities.Doubt!);
        }

        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var file in endpoints.Files)
                {
                    Report(file, file.ReadAgain(time.GetUtcNow()));
                }

                Warn();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, or is disposed without a stop.
        }
    }

    private void Report(TlsFile file, TlsReading? reading)
    {
        if (reading is { Fault: { } fault })
        {
            logger.TlsFileRefused(file.Name, file.Key, fault);
        }
        else if (reading is not null)
        {
            logger.TlsFileTaken(file.Name, file.Key);
        }
    }

    private void Warn()
    {
        foreach (var certificate in endpoints.Certificates)
        {
            var now = time.GetUtcNow();
            if (certificate.IsToBeWarnedOf(now, options.Value.ExpiryWarning))
            {
                var (subject, notAfter) = (certificate.Current.Subject, certificate.Current.NotAfter);
                if (notAfter <= now)
                {
                    logger.CertificateHasExpired(certificate.Name, subject, notAfter);
                }
                else
                {
                    logger.CertificateExpires(certificate.Name, subject, notAfter);
                }
            }
        }
    }

    private IEnumerable<Measurement<double>> SecondsLeft()
    {
        var now = time.GetUtcNow();
        return endpoints.Certificates.Select(certificate =>
            new Measurement<double>((certificate.Current.NotAfter - now).TotalSeconds, new KeyValuePair<string, object?>("file", certificate.Name)));
    }
}
