using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Import;

/// <summary>The same requests to a real nginx and to a gateway from what was imported of its configuration: status, Location, and what a destination was asked are the same.</summary>
public sealed class ImportedLikeNginxTests
{
    private static readonly string[] Targets =
    [
        "/", "/a", "/a/", "/a/b", "/a/bc", "/A/b", "/img/x.png", "/img/raw/x.png", "/img/x.GIF", "/user/12/card", "/user/12/card?x=1", "/user/x/card", "//a//b", "/%61/b", "/a%2Fb", "/a/%20c?d=%2F", "/a/../img/x.png",
        "/one/x", "/one/x?y=1", "/one", "/one?y=1", "/one/a%2Fb%20c//d/e?x=%2F", "/one/%e2%82%ac", "/one/a%3Fb%23c%25d", "/one/a%22b%3Cc%3E%5E%60%7B%7C%7D", "/two/x", "/three/x", "/threex", "/four/a%2Fb%20c", "/four/x?y=1", "/five/x?y=1", "/five/x", "/five/a%20b", "/five/other/x", "/six/a%2Fb?c=d",
        "/seven/a", "/eight/x?y=1", "/eight/x", "/nine/x?y=1", "/gone/x", "/go/x", "/go/x?y=1", "/go/rel", "/text", "/text/", "/enc%20x", "/enc%2520x", "/n/x.png", "/n/deep/x", "/n/deep/x.png", "/n/deep/", "/n/deep", "/hidden/.x", "/closed/x", "/moved/x/y?z=1",
    ];

    [Fact]
    public async Task Requests_AreAnsweredTheSame()
    {
        await using var backend = await EchoBackend.StartAsync();
        var conf = $$"""
            map $http_upgrade $connection_upgrade { default upgrade; '' close; }
            server {
                listen LISTEN default_server;
                server_name app.example;
                set $pool BACK;
                proxy_set_header Host $host;

                location / { proxy_pass http://BACK; }
                location = / { return 200 "root"; }
                location /img/ { return 200 "img"; }
                location ^~ /img/raw/ { return 200 "raw"; }
                location ~ \.png$ { return 200 "png"; }
                location ~* \.(gif|PNG)$ { return 200 "gif"; }
                location ~ ^/user/(\d+)/card$ { proxy_pass http://BACK/cards/$1; }
                location /a { proxy_pass http://BACK; }
                location /a/b { return 200 "ab"; }
                location /one/ { proxy_pass http://BACK/; }
                location /two/ { proxy_pass http://BACK/base/; }
                location /three { proxy_pass http://BACK/base; }
                location /four/ { proxy_pass http://BACK; }
                location /five/ { rewrite ^/five/other/(.*)$ /o/$1 break; rewrite ^/five/(.*)$ /v5/$1 break; proxy_pass http://BACK; }
                location /six/ { proxy_pass http://$pool$request_uri; }
                location /seven/ { proxy_pass http://BACK/x?fixed=1; }
                location /eight/ { rewrite ^/eight/(.*)$ /v8/$1?fixed=1 break; proxy_pass http://BACK; }
                location /nine/ { rewrite ^/nine/(.*)$ /v9/$1? break; proxy_pass http://BACK; }
                location /gone { return 410; }
                location /go/ { return 302 /new/; }
                location = /go/rel { return 301 https://$host$request_uri; }
                location = /text { default_type text/plain; return 200 "ok\n"; }
                location "/enc x" { return 200 "decoded"; }
                location /enc%20x { return 200 "twice"; }
                location /n/ { location ~ \.png$ { return 200 "nested"; } location /n/deep/ { proxy_pass http://BACK; } return 200 "n"; }
                location ~ /\. { deny all; }
                location /closed/ { deny all; proxy_pass http://BACK; }
                location /moved/ { rewrite ^/(.*)$ https://new.example/$1 permanent; }
            }
            server { listen LISTEN; server_name *.wild.example; location / { return 200 "wild"; } }
            server { listen LISTEN; server_name ~^(?<tenant>[a-z]+)\.tenants\.example$; location / { return 200 "tenant $tenant"; } }
            """.Replace("BACK", backend.Address.Authority, StringComparison.Ordinal);
        await using var twin = await NginxTwin.StartAsync(conf);
        var differences = new List<string>();
        foreach (var (host, target) in Targets.Select(target => ("app.example", target)).Concat([("a.wild.example", "/x"), ("blue.tenants.example", "/x"), ("else.example", "/gone"), ("a.wild.example:80", "/x")]))
        {
            var (nginx, gateway) = await twin.AskAsync(new TwinRequest(host, target));
            if (Told(nginx) != Told(gateway))
            {
                differences.Add($"{host}{target}: {Told(nginx)} | {Told(gateway)}");
            }
        }

        Assert.Equal([], differences);
    }

    /// <summary>Of an answer of the backend's, what it was asked; headers are compared elsewhere.</summary>
    private static string Told(TwinAnswer answer) => answer.Arrival is { } arrival
        ? $"{answer.Status} {arrival.Method} {arrival.Target} {arrival.Header("Host")}"
        : $"{answer.Status} {answer.Headers.FirstOrDefault(header => header.StartsWith("location: ", StringComparison.Ordinal))} {(answer.Status < 300 ? answer.Body : "")}";
}
