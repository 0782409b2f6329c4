using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>
/// nginx that asks another service about each token (<c>auth_request</c>), over kept connections: a minimal ASP.NET Core application with
/// JwtBearer, without logs. Both count.
/// </summary>
internal sealed class NginxAuthPeer : IProxyPeer
{
    public const string PeerName = "nginx, auth_request";

    public string Name => PeerName;

    public string? Absence => Nginx.Absence;

    /// <summary>The other service, at a port of its own.</summary>
    public static async Task<(int Port, ServerProcess Process)> StartCheckerAsync(Scratch scratch)
    {
        var port = Ports.Free();
        var process = scratch.Start(
            "token checker",
            scratch.NewFolder("token-checker"),
            HiddenVerbs.Command(HiddenVerbs.TokenChecker, port),
            [.. HiddenVerbs.AsServer, (TokenChecker.KeyVariable, Convert.ToBase64String(Tokens.Key))]);
        await process.WaitForPortAsync(port);
        return (port, process);
    }

    public async Task<Running> StartAsync(Scratch scratch, int backend)
    {
        var port = Ports.Free();
        var (checker, checking) = await StartCheckerAsync(scratch);
        var proxy = await Nginx.StartAsync("nginx-auth", scratch, port, $$"""
            upstream checker {
                server 127.0.0.1:{{checker}};
                keepalive 64;
            }

            server {
                listen 127.0.0.1:{{port}} backlog=4096;

                location = /token {
                    internal;
                    proxy_pass http://checker;
                    proxy_http_version 1.1;
                    proxy_pass_request_body off;
                    proxy_set_header Content-Length "";
                    proxy_set_header Connection "";
                    proxy_set_header Upgrade "";
                }

                location / {
                    auth_request /token;
                    proxy_pass http://127.0.0.1:{{backend}};
                    proxy_http_version 1.1;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header Connection "upgrade";
                    proxy_set_header Host $host;
                    proxy_set_header X-Real-IP $remote_addr;
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                    proxy_set_header X-Forwarded-Host $server_name;
                }
            }
            """);
        return Running.On(port, proxy, checking);
    }
}
