using System.Net;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Outages;

/// <summary>A gateway that is a process of its own, before an echoing backend; anybody may open <c>/open/…</c>.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "config", "gateway.json");

    private GatewayProcess(EchoBackend backend, Uri address, Uri admin, ChildProcess process) =>
        (Backend, Address, Admin, Process) = (backend, address, admin, process);

    public EchoBackend Backend { get; }

    public Uri Address { get; }

    public Uri Admin { get; }

    public ChildProcess Process { get; }

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false });

    public static Task<GatewayProcess> StartAsync(params (string Key, string Value)[] settings) => StartAsync(descriptors: null, Shipped, settings);

    /// <param name="descriptors">How many files and connections it may have open; null for as many as the tests.</param>
    /// <param name="file">Its settings; the test may change it.</param>
    /// <param name="settings">Over the file.</param>
    public static async Task<GatewayProcess> StartAsync(int? descriptors, string file, params (string Key, string Value)[] settings)
    {
        var backend = await EchoBackend.StartAsync();
        var (address, admin) = (FreePort.NextUrl(), FreePort.NextUrl());
        var environment = new Dictionary<string, string?>(Tokens.Settings)
        {
            ["Kestrel:Endpoints:Http:Url"] = address.GetLeftPart(UriPartial.Authority),
            ["Admin:Url"] = admin.GetLeftPart(UriPartial.Authority),
            ["ReverseProxy:Routes:open:ClusterId"] = "backend",
            ["ReverseProxy:Routes:open:AuthorizationPolicy"] = "anonymous",
            ["ReverseProxy:Routes:open:Match:Path"] = "/open/{**rest}",
            ["ReverseProxy:Clusters:backend:Destinations:a:Address"] = backend.Address.ToString(),
            ["ReverseProxy:Clusters:backend:Destinations:b:Address"] = backend.Address.ToString(),
        };
        foreach (var (key, value) in settings)
        {
            environment[key] = value;
        }

        var process = Run(descriptors, file, environment);
        var gateway = new GatewayProcess(backend, address, admin, process);
        await Eventually.IsAsync(
            async cancellation =>
            {
                Assert.False(process.HasExited, process.Output);
                using var answer = await gateway.Http.GetAsync(new Uri(admin, "/readyz"), cancellation);
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "the gateway to be ready",
            TimeSpan.FromMinutes(1),
            () => process.Output);
        return gateway;
    }

    /// <summary>The gateway's executable, without waiting for anything.</summary>
    public static ChildProcess Run(int? descriptors, string file, IEnumerable<KeyValuePair<string, string?>> settings)
    {
        string[] command = [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "YarpWs.Gateway.dll"), file];
        string[] limited = ["bash", "-c", $"ulimit -n {descriptors} && exec \"$@\"", "bash", .. command];
        var program = descriptors is null ? command : limited;
        return ChildProcess.Start(
            program[0], program[1..], AppContext.BaseDirectory, settings.Select(pair => KeyValuePair.Create(pair.Key.Replace(":", "__", StringComparison.Ordinal), pair.Value)));
    }

    /// <summary>Opens a socket and reads the backend's greeting.</summary>
    public async Task<RawWebSocket> OpenAsync()
    {
        var socket = await RawWebSocket.ConnectAsync(Address, "/open/x");
        Assert.Equal(Opcode.Text, (await socket.ReadFrameAsync("the backend's greeting"))?.Opcode);
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await Backend.DisposeAsync();
        Http.Dispose();
    }
}
