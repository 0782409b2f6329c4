using System.Net;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Packages;

/// <summary>The gateway's executable with a socket that systemd listens on.</summary>
public sealed class ActivationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-activation-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task FirstClient_StartsTheGateway_AndIsAnswered()
    {
        var program = Requirements.Find("systemd", "systemd-socket-activate");
        var settings = Path.Combine(_folder, "gateway.json");
        await File.WriteAllTextAsync(settings, """
            { "Kestrel": { "Endpoints": { "Web": { "Url": "http://systemd:web" } } }, "Admin": { "Url": "http://127.0.0.1:0" },
              "ReverseProxy": { "Routes": { "all": { "Match": { "Path": "/{**path}" }, "AuthorizationPolicy": "anonymous", "Answer": { "Body": "hello from $server_port" } } } } }
            """, TestContext.Current.CancellationToken);
        var address = FreePort.NextUrl();
        await using var systemd = ChildProcess.Start(
            program,
            [
                "--listen", address.Authority, "--fdname", "web", "--setenv=DOTNET_ROOT", "--setenv=PATH",
                Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "YarpWs.Gateway.dll"), settings,
            ],
            _folder,
            []);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });

        await Eventually.IsAsync(
            async stop =>
            {
                using var answer = await http.GetAsync(address, stop);
                return answer.StatusCode == HttpStatusCode.OK && await answer.Content.ReadAsStringAsync(stop) == $"hello from {address.Port}";
            },
            "an answer",
            TimeSpan.FromMinutes(1),
            () => systemd.Output);
        systemd.Stop();
        await systemd.WaitForExitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(0, systemd.ExitCode);
    }
}
