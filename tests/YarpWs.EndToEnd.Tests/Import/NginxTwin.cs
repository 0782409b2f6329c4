using Microsoft.AspNetCore.Builder;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;
using YarpWs.Gateway.Import;

namespace YarpWs.EndToEnd.Tests.Import;

/// <summary>A real nginx, and beside it a gateway from what is imported of the same configuration.</summary>
internal sealed class NginxTwin : IAsyncDisposable
{
    private readonly string _folder;
    private readonly NginxProcess _nginx;
    private readonly WebApplication _gateway;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });

    private NginxTwin(string folder, NginxProcess nginx, WebApplication gateway, Uri before, Uri after) => (_folder, _nginx, _gateway, Before, After) = (folder, nginx, gateway, before, after);

    public Uri Before { get; }

    public Uri After { get; }

    /// <param name="conf">What stands in http; LISTEN is the address of each.</param>
    public static async Task<NginxTwin> StartAsync(string conf)
    {
        var folder = Directory.CreateTempSubdirectory("yarpws-twin-").FullName;
        var (before, after) = (FreePort.NextUrl(), FreePort.NextUrl());
        var whole = $$"""
            events { }
            http {
                access_log off;
                {{NginxProcess.TemporaryPaths(folder)}}
                {{conf}}
            }
            """;
        await File.WriteAllTextAsync(Path.Combine(folder, "after.conf"), whole.Replace("LISTEN", after.Authority, StringComparison.Ordinal));
        var nginx = await NginxProcess.StartAsync(folder, whole.Replace("LISTEN", before.Authority, StringComparison.Ordinal));
        try
        {
            // Temporary directories that the test itself names are nothing to import.
            var import = new NginxImport(Path.Combine(folder, "after.conf"), ["fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path"]);
            Assert.Equal([], import.Report.Refused(import.Allowed));
            await File.WriteAllTextAsync(Path.Combine(folder, "gateway.json"), import.Settings);
            var gateway = GatewayHost.Build(Path.Combine(folder, "gateway.json"), new Dictionary<string, string?> { ["Admin:Url"] = "http://127.0.0.1:0", ["Logging:LogLevel:Default"] = "Error" });
            await gateway.StartAsync(TestContext.Current.CancellationToken);
            var twin = new NginxTwin(folder, nginx, gateway, before, after);
            await nginx.WaitUntilAsync(async _ => (await twin.AskAsync(before, "any", "/")).Length > 0);
            return twin;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    /// <summary>The answers of both: status, where it leads, and what it says. A target goes out as it is written.</summary>
    public async Task<(string Nginx, string Gateway)> AskAsync(string host, string target) => (await AskAsync(Before, host, target), await AskAsync(After, host, target));

    public async ValueTask DisposeAsync()
    {
        await _nginx.DisposeAsync();
        await _gateway.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> AskAsync(Uri server, string host, string target)
    {
        var uri = new Uri($"http://{server.Authority}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.Host = host;
        using var answer = await _http.SendAsync(request, Deadline.Token());
        var body = answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(Deadline.Token()) : "";
        return $"{(int)answer.StatusCode} {answer.Headers.Location?.OriginalString.Replace(server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), "PORT", StringComparison.Ordinal)} {body}";
    }
}
