using Microsoft.AspNetCore.Builder;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;

namespace YarpWs.EndToEnd.Tests.Content;

/// <summary>The same requests to a real nginx and to the gateway, each with the same formats of access logs: the lines are the same.</summary>
public sealed class AccessLogLikeNginxTests : IAsyncLifetime
{
    private const string Text = "$remote_addr $request \\\"$http_user_agent\\\" $status $body_bytes_sent $http_x_forwarded_for $sent_http_x_own $scheme $host $request_uri $args $server_protocol $content_length";

    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-logs-").FullName;
    private NginxProcess _nginx = null!;
    private WebApplication _gateway = null!;
    private Uri _before = null!;
    private Uri _after = null!;

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        _before = FreePort.NextUrl();
        _nginx = await NginxProcess.StartAsync(_folder, $$"""
            events { }
            http {
              log_format text "{{Text}}";
              log_format object escape=json '{"agent":"$http_user_agent","status":$status}';
              {{NginxProcess.TemporaryPaths(_folder)}}
              server {
                listen {{_before.Authority}};
                add_header X-Own "a b";
                location / { access_log {{_folder}}/n-text.log text; access_log {{_folder}}/n-object.log object; access_log {{_folder}}/n-combined.log combined; return 200 "hello\n"; }
                location /ready { access_log off; return 204; }
              }
            }
            """);
        var settings = Path.Combine(_folder, "gateway.json");
        await File.WriteAllTextAsync(settings, $$"""
            { "AccessLogs": { "Logs": {
                "text": { "File": "g-text.log", "Format": "{{Text}}" },
                "object": { "File": "g-object.log", "Format": "{\"agent\":\"$http_user_agent\",\"status\":$status}", "Escape": "Json" },
                "combined": { "File": "g-combined.log" } } },
              "ReverseProxy": { "Routes": {
                "all": { "Match": { "Path": "/{**path}" }, "AuthorizationPolicy": "anonymous", "AccessLogs": [ "text", "object", "combined" ], "Headers": [ { "Name": "X-Own", "Value": "a b" } ], "Answer": { "Body": "hello\n" } },
                "ready": { "Match": { "Path": "/ready" }, "AuthorizationPolicy": "anonymous", "AccessLogs": [ "off" ], "Answer": { "Status": 204 } } } } }
            """);
        _gateway = GatewayHost.Build(settings, new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = (_after = FreePort.NextUrl()).OriginalString,
            ["Admin:Url"] = "http://127.0.0.1:0",
            ["Logging:LogLevel:Default"] = "Warning",
        });
        await _gateway.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient();
        await _nginx.WaitUntilAsync(async stop => (await http.GetAsync(new Uri(_before, "/ready"), stop)).IsSuccessStatusCode);
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

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Lines_AreTheSame()
    {
        byte[][] requests =
        [
            .. new[]
            {
                "GET / HTTP/1.1\r\nHost: a.example\r\n",
                "GET /x?a=1&b=%2F HTTP/1.1\r\nHost: A.example:80\r\nUser-Agent: curl/8 \"quoted\" back\\slash\r\nReferer: https://b.example/\r\nX-Forwarded-For: 1.2.3.4, 5.6.7.8\r\n",
                "HEAD /h HTTP/1.1\r\nHost: a.example\r\n",
                "POST /p HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n",
                "GET /t HTTP/1.1\r\nHost: a.example\r\nUser-Agent: tab\there \u00c3\u00a9 end\r\n",
                "GET /%0d%0aGET%20/ HTTP/1.0\r\nHost: a.example\r\n",
            }.Select(head => System.Text.Encoding.Latin1.GetBytes(head + "Connection: close\r\n\r\n" + (head.StartsWith("POST", StringComparison.Ordinal) ? "abc" : ""))),
        ];
        foreach (var request in requests)
        {
            await SendAsync(_before, request);
            await SendAsync(_after, request);
        }

        await _nginx.StopAsync();
        await _gateway.StopAsync(TestContext.Current.CancellationToken);
        await _gateway.DisposeAsync();

        foreach (var name in (string[])["text", "object", "combined"])
        {
            Assert.Equal(await LinesAsync($"n-{name}.log"), await LinesAsync($"g-{name}.log"));
        }
    }

    private static async Task SendAsync(Uri server, byte[] request)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(server.Host, server.Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(request, TestContext.Current.CancellationToken);
        await client.GetStream().CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
    }

    /// <summary>Without the time, which is each one's own.</summary>
    private async Task<string[]> LinesAsync(string file) =>
        [.. (await File.ReadAllLinesAsync(Path.Combine(_folder, file), TestContext.Current.CancellationToken)).Select(line => System.Text.RegularExpressions.Regex.Replace(line, @"\[[^]]*\]", "[time]"))];
}
