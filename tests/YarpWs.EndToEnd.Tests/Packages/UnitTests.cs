using System.Net.Sockets;
using System.Text;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;

namespace YarpWs.EndToEnd.Tests.Packages;

/// <summary>What the units of docker/systemd count on: readiness that is told, and a reload by SIGHUP.</summary>
public sealed class UnitTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-unit-").FullName;

    private string Settings => Path.Combine(_folder, "gateway.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Gateway_UnderSystemd_SaysWhenItIsReady_AndWhenItStops()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/sh"), "systemd is Linux's.");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "notify")));
        await WriteAsync("one");

        // A process is a unit's when its parent is called so.
        var parent = Path.Combine(_folder, "systemd");
        File.Copy("/bin/sh", parent);
        await using var gateway = Start(
            [parent, "-c", "\"$@\" & trap \"kill -TERM $!\" TERM; wait $!; wait $!", "unit"], FreePort.NextUrl(), ("NOTIFY_SOCKET", Path.Combine(_folder, "notify")));

        await ExpectAsync(systemd, "READY=1", gateway);
        gateway.Stop();
        await ExpectAsync(systemd, "STOPPING=1", gateway);
        await gateway.WaitForExitAsync(Patience);

        Assert.Equal(0, gateway.ExitCode);
    }

    [Fact]
    public async Task Sighup_HasTheFileTaken_WithoutWaitingForTheNextReading()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGHUP.");
        await WriteAsync("one");
        var admin = FreePort.NextUrl();
        await using var gateway = Start([], admin, ("Routes__PollInterval", "01:00:00"));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = admin };
        await Eventually.IsAsync(async stop => (await http.GetAsync(new Uri("/readyz", UriKind.Relative), stop)).IsSuccessStatusCode, "the gateway to be ready", Patience, () => gateway.Output);

        await WriteAsync("two");
        await using (var kill = ChildProcess.Start("kill", ["-HUP", $"{gateway.Id}"], _folder, []))
        {
            await kill.WaitForExitAsync(Patience);
        }

        await Eventually.IsAsync(
            async stop => (await http.GetStringAsync(new Uri("/routes", UriKind.Relative), stop)).Contains("\"two\"", StringComparison.Ordinal), "the route of the changed file", Patience, () => gateway.Output);
    }

    private async Task WriteAsync(string route)
    {
        var output = new StringWriter();
        File.Delete(Settings);
        Assert.Equal(0, await YarpwsCommand.Create().InvokeAsync(["init", "proxy", "--output", _folder], new() { Output = output, Error = output }, TestContext.Current.CancellationToken));
        await File.WriteAllTextAsync(Settings, (await File.ReadAllTextAsync(Settings)).Replace("\"all\"", $"\"{route}\"", StringComparison.Ordinal));
    }

    /// <param name="parent">The command that runs it; empty for none.</param>
    /// <param name="admin">Its admin port.</param>
    /// <param name="environment">Over the tests' own.</param>
    private ChildProcess Start(string[] parent, Uri admin, params (string Name, string Value)[] environment)
    {
        string[] command = [.. parent, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "YarpWs.Gateway.dll"), Settings];
        return ChildProcess.Start(command[0], command[1..], _folder, new Dictionary<string, string?>(environment.Select(variable => KeyValuePair.Create(variable.Name, (string?)variable.Value)))
        {
            ["Kestrel__Endpoints__Http__Url"] = "http://127.0.0.1:0",
            ["Admin__Url"] = admin.GetLeftPart(UriPartial.Authority),
        });
    }

    private static async Task ExpectAsync(Socket systemd, string state, ChildProcess gateway)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        var buffer = new byte[4096];
        try
        {
            while (!Encoding.UTF8.GetString(buffer, 0, await systemd.ReceiveAsync(buffer, deadline.Token)).Contains(state, StringComparison.Ordinal))
            {
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{state} was not told. It printed: {gateway.Output}");
        }
    }
}
