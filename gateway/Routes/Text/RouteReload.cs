using System.Runtime.InteropServices;

namespace YarpWs.Gateway.Routes.Text;

/// <summary>
/// SIGHUP has the files read and taken now instead of at the second reading that agrees, and those that were refused looked at once more: what <c>systemctl reload</c>
/// asks for. In a terminal the signal means that the terminal is gone, and ends the process as it always did.
/// </summary>
internal sealed class RouteReload(RouteFiles files, RouteTable table, ILogger<RouteReload> logger) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private PosixSignalRegistration? _registration;
    private Task _reload = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows() && Console.IsInputRedirected)
        {
            _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Heard);
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _registration?.Dispose();
        await _stopping.CancelAsync();
        await _reload;
    }

    public void Dispose()
    {
        _registration?.Dispose();
        _stopping.Dispose();
    }

    private void Heard(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _reload = ReloadAsync(_reload);
    }

    /// <summary>One after the other, and none throws: there is nobody who would hear of it.</summary>
    private async Task ReloadAsync(Task before)
    {
        await before;
        RouteText? text = null;
        try
        {
            text = files.Read();
            logger.RoutesToldToReload(text.Hash);
            await table.ReloadAsync(text, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
        catch (Exception exception)
        {
            logger.RoutesFailed(text?.Hash ?? "that could not be read", exception);
        }
    }
}
