using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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
    private readonly Uri[] _before;
    private readonly Uri[] _after;
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        SslOptions = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=twin" },
    });

    private NginxTwin(string folder, NginxProcess nginx, WebApplication gateway, Uri[] before, Uri[] after) => (_folder, _nginx, _gateway, _before, _after) = (folder, nginx, gateway, before, after);

    /// <param name="conf">What stands in http. LISTEN is the address of each, LISTEN_TLS that with TLS; FOLDER has cert.pem, key.pem and what is put there.</param>
    /// <param name="files">Names and texts in the folder.</param>
    public static async Task<NginxTwin> StartAsync(string conf, params IEnumerable<(string Name, string Text)> files)
    {
        var folder = Directory.CreateTempSubdirectory("yarpws-twin-").FullName;
        MayBeReadByAll(folder);
        foreach (var (name, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
            await File.WriteAllTextAsync(Path.Combine(folder, name), text);
        }

        await WriteCertificateAsync(folder);
        Uri[] before = [FreePort.NextUrl(), new($"https://{FreePort.NextUrl().Authority}")];
        Uri[] after = [FreePort.NextUrl(), new($"https://{FreePort.NextUrl().Authority}")];
        var whole = $$"""
            events { }
            http {
                access_log off;
                include /etc/nginx/mime.types;
                default_type application/octet-stream;
                {{NginxProcess.TemporaryPaths(folder)}}
                {{conf.Replace("FOLDER", folder, StringComparison.Ordinal)}}
            }
            """;
        await File.WriteAllTextAsync(Path.Combine(folder, "after.conf"), At(whole, after));
        var nginx = await NginxProcess.StartAsync(folder, At(whole, before));
        try
        {
            var import = new NginxImport(Path.Combine(folder, "after.conf"), []);
            Assert.Equal([], import.Report.Lines.Where(line => line.Outcome == ImportOutcome.Unsupported).Select(line => $"{line.Directive}: {string.Join(' ', line.Whys)}"));
            await File.WriteAllTextAsync(Path.Combine(folder, "gateway.json"), import.Settings);
            var gateway = GatewayHost.Build(Path.Combine(folder, "gateway.json"), new Dictionary<string, string?> { ["Admin:Url"] = "http://127.0.0.1:0", ["Logging:LogLevel:Default"] = "Error" });
            await gateway.StartAsync(TestContext.Current.CancellationToken);
            var twin = new NginxTwin(folder, nginx, gateway, before, after);
            await nginx.WaitUntilAsync(async _ => (await twin.AskAsync(before[0], new TwinRequest("any", "/"))).Status > 0);
            return twin;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    /// <summary>The answers of both. A target goes out as it is written.</summary>
    public async Task<(TwinAnswer Nginx, TwinAnswer Gateway)> AskAsync(TwinRequest request)
    {
        var index = request.IsTls ? 1 : 0;
        return (await AskAsync(_before[index], request), await AskAsync(_after[index], request));
    }

    public async ValueTask DisposeAsync()
    {
        await _nginx.DisposeAsync();
        await _gateway.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string At(string conf, Uri[] addresses) =>
        conf.Replace("LISTEN_TLS", addresses[1].Authority, StringComparison.Ordinal).Replace("LISTEN", addresses[0].Authority, StringComparison.Ordinal);

    /// <summary>nginx's workers run as another user where it is started by root.</summary>
    private static void MayBeReadByAll(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }
    }

    private static async Task WriteCertificateAsync(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=twin", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(folder, "cert.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private async Task<TwinAnswer> AskAsync(Uri server, TwinRequest request)
    {
        using var message = request.ToMessage(server);
        try
        {
            using var answer = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, Deadline.Token());
            return await TwinAnswer.ReadAsync(answer, server);
        }
        catch (HttpRequestException)
        {
            return TwinAnswer.None;
        }
    }
}
