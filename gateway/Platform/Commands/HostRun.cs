using YarpWs.Platform.Settings;

namespace YarpWs.Platform.Commands;

/// <summary>The life of a process: from its settings to its exit code.</summary>
internal static class HostRun
{
    /// <summary>
    /// Returns 0 when the process was told to stop, also while it was still starting. Returns 1, with a line on <paramref name="error"/>, when it could not start, or
    /// when a background service has failed: the host stops then as if it was told to, and whoever restarts what has failed must see that it has. What an
    /// operator cannot put right is thrown.
    /// </summary>
    /// <param name="build">Makes the host.</param>
    /// <param name="listeners">The keys under which addresses to listen on may stand.</param>
    /// <param name="file">The settings file, so that what stands there is said with its place.</param>
    /// <param name="error">Where the reason goes.</param>
    /// <param name="stop">Tells it to stop, beside the signals.</param>
    public static async Task<int> RunAsync(Func<WebApplication> build, string listeners, string? file, TextWriter error, CancellationToken stop)
    {
        WebApplication? app = null;
        BackgroundService[] services = [];
        var stopping = CancellationToken.None;
        try
        {
            app = build();
            services = [.. app.Services.GetServices<IHostedService>().OfType<BackgroundService>()];
            stopping = app.Lifetime.ApplicationStopping;
            await app.StartAsync(stop);
            await app.WaitForShutdownAsync(stop);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop while it was still starting.
        }
        catch (Exception exception) when (StartupFailure.Describe(exception, app?.Configuration, listeners, file) is { } lines)
        {
            await error.WriteLineAsync(lines);
            return 1;
        }
        finally
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }
        }

        var failed = services.Where(service => service.ExecuteTask is { IsFaulted: true }).ToList();
        foreach (var service in failed)
        {
            var cause = service.ExecuteTask!.Exception!.GetBaseException();
            await error.WriteLineAsync($"{service.GetType().Name} has failed, and so the process has ended: {cause.GetType().Name}: {cause.Message.ReplaceLineEndings(" ")}");
        }

        return failed.Count == 0 ? 0 : 1;
    }
}
