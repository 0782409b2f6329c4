using Microsoft.AspNetCore.Builder;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;

namespace YarpWs.EndToEnd.Tests.Content;

/// <summary>The same folder behind a real nginx and behind the gateway: status, type, validators, headers and body of every answer are the same.</summary>
public sealed class SameAsNginxTests : IAsyncLifetime
{
    /// <summary>What says the same in both, by design; the rest (Date, Server, the sentences of errors) is each server's own.</summary>
    private static readonly string[] Compared =
        ["Content-Type", "Content-Length", "Content-Range", "Content-Encoding", "Last-Modified", "ETag", "Cache-Control", "X-Frame-Options", "X-Always", "WWW-Authenticate"];

    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-same-").FullName;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });
    private NginxProcess _nginx = null!;
    private WebApplication _gateway = null!;
    private Uri _before = null!;
    private Uri _after = null!;

    private string Conf => $$"""
        events { }
        http {
          access_log off; default_type application/octet-stream;
          types { text/html html; text/javascript js; text/plain txt; }
          {{NginxProcess.TemporaryPaths(_folder)}}
          server {
            listen {{_before.Authority}};
            absolute_redirect off;
            root {{_folder}}/www;
            add_header X-Frame-Options DENY;
            add_header X-Always "$request_method $arg_a" always;
            location / { try_files $uri $uri/ =404; }
            location /app/ { try_files $uri /app/index.html; }
            location /static/ { alias {{_folder}}/www/sub/; expires 1h; add_header X-Frame-Options DENY; }
            location = /health { default_type text/plain; return 200 "ok\n"; }
            location = /gone { return 410; }
            location = /old { return 301 https://$host$request_uri; }
            location = /none { return 204; }
            location /closed/ { deny all; }
            location /staff/ { auth_basic "Staff"; auth_basic_user_file {{_folder}}/users; }
            location /pages/ { error_page 404 /404.html; }
            location = /zip.txt { gzip on; gzip_types text/plain; gzip_min_length 100; }
          }
        }
        """;

    private static string Settings => $$"""
        { "ReverseProxy": { "Routes": {
          "all": { "Match": { "Path": "/{**path}" }, "AuthorizationPolicy": "anonymous", {{Server}}, "Files": { "Root": "www" } },
          "app": { "Match": { "Path": "/app/{**path}" }, "AuthorizationPolicy": "anonymous", {{Server}}, "Files": { "Root": "www", "TryFiles": [ "$uri" ], "Fallback": "/app/index.html" } },
          "static": { "Match": { "Path": "/static/{**path}" }, "AuthorizationPolicy": "anonymous", "Headers": [ { "Name": "X-Frame-Options", "Value": "DENY" } ], "Expires": "01:00:00", "Files": { "Alias": "www/sub" } },
          "health": { "Match": { "Path": "/health" }, "AuthorizationPolicy": "anonymous", {{Server}}, "Answer": { "Body": "ok\n", "ContentType": "text/plain" } },
          "gone": { "Match": { "Path": "/gone" }, "AuthorizationPolicy": "anonymous", {{Server}}, "Answer": { "Status": 410 } },
          "old": { "Match": { "Path": "/old" }, "AuthorizationPolicy": "anonymous", {{Server}}, "Answer": { "Status": 301, "Location": "https://$host$request_uri" } },
          "none": { "Match": { "Path": "/none" }, "AuthorizationPolicy": "anonymous", {{Server}}, "Answer": { "Status": 204 } },
          "closed": { "Match": { "Path": "/closed/{**path}" }, "AuthorizationPolicy": "anonymous", {{Server}}, "Networks": [ { "Deny": "all" } ], "Files": { "Root": "www" } },
          "staff": { "Match": { "Path": "/staff/{**path}" }, "AuthorizationPolicy": "anonymous", {{Server}}, "BasicAuth": { "Realm": "Staff", "File": "users" }, "Files": { "Root": "www" } },
          "pages": { "Match": { "Path": "/pages/{**path}" }, "AuthorizationPolicy": "anonymous", {{Server}}, "ErrorPages": [ { "Statuses": [ 404 ], "Path": "/404.html" } ], "Files": { "Root": "www" } },
          "zip": { "Match": { "Path": "/zip.txt" }, "AuthorizationPolicy": "anonymous", {{Server}}, "Compression": { "MinLength": 100 }, "Files": { "Root": "www" } } } } }
        """;

    private static string Server => """
        "Headers": [ { "Name": "X-Frame-Options", "Value": "DENY" }, { "Name": "X-Always", "Value": "$request_method $arg_a", "Always": true } ]
        """.Trim();

    public async ValueTask InitializeAsync()
    {
        foreach (var (name, text) in new[]
        {
            ("www/index.html", "<p>home"), ("www/app.js", "1"), ("www/404.html", "<p>gone"), ("www/app/index.html", "<p>app"), ("www/sub/index.html", "<p>sub"), ("www/sub/a b.txt", "text"),
            ("www/staff/index.html", "<p>staff"), ("www/closed/index.html", "x"), ("www/empty/data.bin", "0123456789"), ("www/pages/a.html", "<p>a"), ("www/zip.txt", new string('z', 1_000)),
            ("users", "ann:$apr1$abcdefgh$sAT51V/DnRGRtxDJCf7lm/\nbob:$6$saltstring$U3owk.A3em1YhhL4.d5htGURGQiw9vbrHyYJW1QDaEVWqcTDbTnt2gGIuyWd4HdCTnzrO1SBtVpzC9Xtohtr.0\n"),
        })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder, name))!);
            await File.WriteAllTextAsync(Path.Combine(_folder, name), text);
        }

        // nginx's workers run as another user where it is started by root.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        _before = FreePort.NextUrl();
        _nginx = await NginxProcess.StartAsync(_folder, Conf);

        var settings = Path.Combine(_folder, "gateway.json");
        await File.WriteAllTextAsync(settings, Settings);
        _gateway = GatewayHost.Build(settings, new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Admin:Url"] = "http://127.0.0.1:0",
            ["Logging:LogLevel:Default"] = "Warning",
        });
        await _gateway.StartAsync(TestContext.Current.CancellationToken);
        foreach (var url in _gateway.Urls.Select(url => new Uri(url)))
        {
            using var answer = await _http.GetAsync(new Uri(url, "/health"), TestContext.Current.CancellationToken);
            _after = answer.IsSuccessStatusCode ? url : _after;
        }

        await _nginx.WaitUntilAsync(async stop => (await _http.GetAsync(new Uri(_before, "/health"), stop)).IsSuccessStatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (_nginx is not null)
        {
            await _nginx.DisposeAsync();
        }

        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Answers_AreTheSame()
    {
        string[] paths =
        [
            "/", "/index.html?a=1", "/app.js", "/none.js", "/sub", "/sub?x=%2F", "/sub/", "/sub/a%20b.txt", "/sub//a%20b.txt", "/sub/../app.js", "/sub/%2e%2e/app.js", "/app.js/", "/empty", "/empty/", "/empty/data.bin",
            "/app/x/y", "/app/index.html", "/static/", "/static/a%20b.txt", "/static/none", "/health", "/gone", "/old", "/old?a=%2Fb", "/none", "/closed/", "/staff/", "/pages/a.html", "/pages/b.html", "/zip.txt",
        ];
        var differences = new List<string>();
        foreach (var (method, path) in paths.SelectMany(path => (string[])["GET", "HEAD", "POST"], (path, method) => (method, path)))
        {
            var (nginx, gateway) = (await AnswerAsync(_before, method, path), await AnswerAsync(_after, method, path));
            if (nginx != gateway)
            {
                differences.Add($"{method} {path}\n--- nginx\n{nginx}\n--- gateway\n{gateway}\n");
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [Theory]
    [InlineData("/empty/data.bin", "Range", "bytes=2-4")]
    [InlineData("/empty/data.bin", "Range", "bytes=-3")]
    [InlineData("/empty/data.bin", "If-None-Match", "*")]
    [InlineData("/empty/data.bin", "If-Match", "\"other\"")]
    [InlineData("/empty/data.bin", "If-Unmodified-Since", "Thu, 01 Jan 1998 00:00:00 GMT")]
    [InlineData("/staff/", "Authorization", "Basic YW5uOnNlY3JldCB3b3Jk")]
    [InlineData("/staff/", "Authorization", "Basic Ym9iOnNlY3JldCB3b3Jk")]
    [InlineData("/staff/", "Authorization", "Basic YW5uOndyb25n")]
    [InlineData("/zip.txt", "Accept-Encoding", "gzip")]
    public async Task Answer_ToAHeader_IsTheSame(string path, string name, string value) =>
        Assert.Equal(await AnswerAsync(_before, "GET", path, (name, value)), await AnswerAsync(_after, "GET", path, (name, value)));

    private async Task<string> AnswerAsync(Uri server, string method, string path, params (string Name, string Value)[] headers)
    {
        var asWritten = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri($"http://{server.Authority}{path}", in asWritten));
        request.Headers.Host = "app.example.com";
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var isOwn = (int)answer.StatusCode >= 300 && !((int)answer.StatusCode == 404 && path.StartsWith("/pages/", StringComparison.Ordinal));
        var isCompressed = answer.Content.Headers.ContentEncoding.Count > 0;
        var said = answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated)
            .Where(header => Compared.Contains(header.Key, StringComparer.OrdinalIgnoreCase) && !(isOwn && header.Key.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) && header.Key != "Content-Range"))
            .Where(header => !isOwn || header.Key is not ("Cache-Control" or "ETag" or "Last-Modified"))
            .Where(header => header.Key != "Content-Length" || method != "HEAD")
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value).Replace(", charset=\"UTF-8\"", "", StringComparison.Ordinal)}")
            .Order(StringComparer.Ordinal);
        var body = isOwn ? "" : isCompressed ? "compressed" : await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return string.Join('\n', [((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture), answer.Headers.Location?.OriginalString ?? "", .. said, body]);
    }
}
