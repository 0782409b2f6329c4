using YarpWs.Backend;
using YarpWs.Platform.Settings;

if (args.Length > 1)
{
    Console.Error.WriteLine("Usage: yarpws-backend [FILE]   FILE: the settings, as config/backend.json");
    return 1;
}

IConfiguration? configuration = null;
var stopping = CancellationToken.None;
try
{
    await using var app = BackendHost.Build(args.FirstOrDefault());
    configuration = app.Configuration;
    stopping = app.Lifetime.ApplicationStopping;
    await app.RunAsync();
    return 0;
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    // Told to stop while it was still starting.
    return 0;
}
catch (Exception exception) when (StartupFailure.Describe(exception, configuration) is { } line)
{
    await Console.Error.WriteLineAsync(line);
    return 1;
}
