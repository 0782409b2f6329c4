using System.CommandLine;
using System.Globalization;
using System.Net;
using YarpWs.Benchmarks.Peers;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Hosted;

/// <summary>The servers that this program is when it starts itself.</summary>
internal static class HiddenVerbs
{
    public const string EchoServer = "echo-server";
    public const string PlainYarp = "plain-yarp";
    public const string TokenChecker = "token-checker";
    public const string SignalRServer = "signalr-server";

    /// <summary>No server: it keeps processors busy.</summary>
    public const string Busy = "busy";

    /// <summary>For whoever profiles a server: echo load on a port, for some seconds.</summary>
    private const string EchoLoad = "echo-load";

    /// <summary>The same with plain requests.</summary>
    private const string HttpLoad = "http-load";

    /// <summary>The same for a room server: groups of members who publish and hear.</summary>
    private const string GroupLoad = "group-load";

    /// <summary>What the SDK gives a web application, and this program does not have.</summary>
    public static (string Key, string Value)[] AsServer { get; } = [("DOTNET_gcServer", "1"), ("DOTNET_gcConcurrent", "1")];

    public static string[] Command(string verb, params int[] arguments) =>
        Executables.Self([verb, .. arguments.Select(argument => argument.ToString(CultureInfo.InvariantCulture))]);

    public static IEnumerable<Command> Commands()
    {
        yield return Server(EchoServer, ["PORT"], ports =>
        {
            using var server = new Hosted.EchoServer();
            server.Run(ports[0]);
            return Task.CompletedTask;
        });
        yield return Server(PlainYarp, ["PORT", "BACKEND", "TLS-PORT"], ports => Hosted.PlainYarp.RunAsync(ports[0], ports[1], ports[2]));
        yield return Server(TokenChecker, ["PORT"], ports => Hosted.TokenChecker.RunAsync(ports[0]));
        yield return Server(SignalRServer, ["PORT", "REDIS"], ports => Hosted.SignalRServer.RunAsync(ports[0], ports[1]));
        yield return Server(Busy, ["THREADS"], arguments =>
        {
            for (var i = 0; i < arguments[0]; i++)
            {
                new Thread(Burn) { IsBackground = true }.Start();
            }

            return Task.Delay(Timeout.Infinite);
        });
        yield return Server(EchoLoad, ["PORT", "SECONDS", "BYTES"], arguments =>
        {
            using var load = new Load.EchoLoad(new IPEndPoint(IPAddress.Loopback, arguments[0]), 50, arguments[2]);
            var result = load.RunFor(TimeSpan.FromSeconds(arguments[1]));
            return Console.Out.WriteLineAsync($"{result.PerSecond:F0} messages/s");
        });
        yield return Server(HttpLoad, ["PORT", "SECONDS"], arguments =>
        {
            using var load = new Load.HttpLoad(new IPEndPoint(IPAddress.Loopback, arguments[0]), 50);
            var result = load.RunFor(TimeSpan.FromSeconds(arguments[1]));
            return Console.Out.WriteLineAsync($"{result.PerSecond:F0} requests/s");
        });
        yield return Server(GroupLoad, ["PORT", "SECONDS", "GROUPS", "MEMBERS"], arguments =>
        {
            using var load = new Load.GroupLoad([new IPEndPoint(IPAddress.Loopback, arguments[0])], new SeedDialect(), arguments[2], arguments[3]);
            var result = load.RunFor(TimeSpan.FromSeconds(arguments[1]));
            return Console.Out.WriteLineAsync($"{result.PerSecond:F0} deliveries/s");
        });
    }

    private static void Burn()
    {
        for (var number = 1UL; number != 0; number = (number * 6364136223846793005) + 1442695040888963407)
        {
        }
    }

    private static Command Server(string verb, string[] names, Func<int[], Task> runAsync)
    {
        var command = new Command(verb) { Hidden = true };
        Argument<int>[] arguments = [.. names.Select(name => new Argument<int>(name))];
        foreach (var argument in arguments)
        {
            command.Arguments.Add(argument);
        }

        command.SetAction((parsed, _) => runAsync([.. arguments.Select(parsed.GetValue)]));
        return command;
    }
}
