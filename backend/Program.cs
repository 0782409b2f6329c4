using YarpWs.Backend;
using YarpWs.Backend.Settings;

if (args.Length > 1)
{
    Console.Error.WriteLine("Usage: yarpws-backend [FILE]   FILE: the settings, as config/backend.json");
    return 1;
}

try
{
    await using var app = BackendHost.Build(args.FirstOrDefault());
    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (StartupFailure.Describe(exception) is { } line)
{
    await Console.Error.WriteLineAsync(line);
    return 1;
}
