using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.Gateway;

namespace YarpWs.EndToEnd.Tests.Content;

/// <summary>The same requests to a real nginx and to the gateway, which keep the answers of a destination: both keep the same ones, and say so in the same words.</summary>
public sealed class KeptAnswersLikeNginxTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("yarpws-kept-").FullName;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });
    private WebApplication _destination = null!;
    private WebApplication _gateway = null!;
    private NginxProcess _nginx = null!;
    private Uri _before = null!;
    private Uri _after = null!;

    public async ValueTask InitializeAsync()
    {
        _destination = await StartDestinationAsync();
        _before = FreePort.NextUrl();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        _nginx = await NginxProcess.StartAsync(_folder, $$"""
            events { }
            http {
              access_log off;
              {{NginxProcess.TemporaryPaths(_folder)}}
              proxy_cache_path {{_folder}}/cache keys_zone=kept:1m;
              server {
                listen {{_before.Authority}};
                location / {
                  proxy_pass {{_destination.Urls.Single()}};
                  proxy_cache kept;
                  proxy_cache_key $scheme$http_host$request_uri;
                  proxy_cache_valid 200 404 1m;
                  proxy_cache_bypass $http_x_fresh;
                  proxy_no_cache $http_x_private;
                  add_header X-Cache $upstream_cache_status always;
                }
              }
            }
            """);
        var settings = Path.Combine(_folder, "gateway.json");
        await File.WriteAllTextAsync(settings, $$"""
            { "ReverseProxy": {
                "Routes": { "all": { "ClusterId": "c", "Match": { "Path": "/{**path}" }, "AuthorizationPolicy": "anonymous",
                  "Headers": [ { "Name": "X-Cache", "Value": "$upstream_cache_status", "Always": true } ],
                  "Cache": { "Ages": [ { "Statuses": [ 200, 404 ], "Age": "00:01:00" } ], "Bypass": [ "$http_x_fresh" ], "NoStore": [ "$http_x_private" ] } } },
                "Clusters": { "c": { "Destinations": { "a": { "Address": "{{_destination.Urls.Single()}}" } } } } } }
            """, TestContext.Current.CancellationToken);
        _gateway = GatewayHost.Build(settings, new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = (_after = FreePort.NextUrl()).OriginalString,
            ["Admin:Url"] = "http://127.0.0.1:0",
            ["Logging:LogLevel:Default"] = "Warning",
        });
        await _gateway.StartAsync(TestContext.Current.CancellationToken);
        await _nginx.WaitUntilAsync(async stop => (await _http.GetAsync(new Uri(_before, "/ready?cc=no-store"), stop)).IsSuccessStatusCode);
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

        await _destination.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("/plain")]
    [InlineData("/aged?cc=max-age=60")]
    [InlineData("/old?cc=max-age=0")]
    [InlineData("/shared?cc=max-age=0,s-maxage=60")]
    [InlineData("/private?cc=private")]
    [InlineData("/nostore?cc=no-store")]
    [InlineData("/nocache?cc=no-cache")]
    [InlineData("/expired?expires=Thu,%2001%20Jan%201998%2000:00:00%20GMT")]
    [InlineData("/zero?expires=0")]
    [InlineData("/later?expires=Thu,%2001%20Jan%202099%2000:00:00%20GMT")]
    [InlineData("/cookie?cookie=a=1")]
    [InlineData("/everything?vary=*")]
    [InlineData("/missing?status=404")]
    [InlineData("/failed?status=500")]
    [InlineData("/moved?status=301")]
    [InlineData("/language?vary=Accept-Language", "Accept-Language: de", "Accept-Language: de", "Accept-Language: en", "Accept-Language: de")]
    [InlineData("/bypass", "", "", "X-Fresh: 1", "", "X-Fresh: 0")]
    [InlineData("/unkept", "X-Private: 1", "X-Private: 1", "", "X-Private: 1")]
    [InlineData("/host", "Host: a.example", "Host: b.example", "Host: a.example:81", "Host: a.example")]
    [InlineData("/known?etag=v1", "", "If-None-Match: \"v1\"", "If-None-Match: W/\"v1\"", "If-None-Match: \"v2\"")]
    public async Task Answers_AreKeptAlike(string target, params string[] headers)
    {
        string[] requests = headers.Length > 0 ? headers : ["", "", ""];

        Assert.Equal(await AskAsync(_before, target, requests), await AskAsync(_after, target, requests));
    }

    /// <summary>Of each answer the status, what is said of the cache, and how many answers ago the destination gave it.</summary>
    private async Task<string> AskAsync(Uri server, string target, string[] headers)
    {
        var answers = new List<string>();
        var numbers = new List<string>();
        foreach (var header in headers)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, target));
            if (header.Split(": ", 2) is [var name, var value])
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
            var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            if (!numbers.Contains(body))
            {
                numbers.Add(body);
            }

            answers.Add($"{(int)answer.StatusCode} {string.Join(',', answer.Headers.GetValues("X-Cache"))} {(answer.StatusCode == HttpStatusCode.NotModified ? "" : numbers.IndexOf(body))}");
        }

        return string.Join('\n', answers);
    }

    /// <summary>Numbers its answers, and says of them what the query tells it.</summary>
    private static async Task<WebApplication> StartDestinationAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var number = 0;
        app.Run(context =>
        {
            var (query, response) = (context.Request.Query, context.Response);
            response.StatusCode = int.TryParse(query["status"], out var status) ? status : StatusCodes.Status200OK;
            response.Headers.CacheControl = query["cc"];
            response.Headers.Expires = query["expires"];
            response.Headers.SetCookie = query["cookie"];
            response.Headers.Vary = query["vary"];
            response.Headers.ETag = query["etag"] is [{ } tag] ? $"\"{tag}\"" : default;
            response.Headers.Location = status == StatusCodes.Status301MovedPermanently ? "/" : default;
            return response.WriteAsync($"{Interlocked.Increment(ref number)}");
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
