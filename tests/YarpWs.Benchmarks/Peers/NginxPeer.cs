using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>nginx with the block for WebSockets that its own guide shows, and a pool of kept connections for other requests.</summary>
internal sealed class NginxPeer : IProxyPeer
{
    public string Name => "nginx";

    public string? Absence => Nginx.Absence;

    public async Task<Running> StartAsync(Scratch scratch, int backend)
    {
        var port = Ports.Free();
        var process = await Nginx.StartAsync(Name, scratch, port, $$"""
            map $http_upgrade $connection_upgrade { default upgrade; '' ''; }

            upstream backend {
                server 127.0.0.1:{{backend}};
                keepalive 64;
            }

            server {
                listen 127.0.0.1:{{port}} backlog=4096;

                location = /nowhere {
                    return 404;
                }

                location / {
                    proxy_pass http://backend;
                    proxy_http_version 1.1;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header Connection $connection_upgrade;
                    proxy_redirect off;
                    proxy_set_header Host $host;
                    proxy_set_header X-Real-IP $remote_addr;
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                    proxy_set_header X-Forwarded-Host $server_name;
                    proxy_read_timeout 1h;
                    proxy_send_timeout 1h;
                }
            }
            """);
        return Running.On(port, process);
    }
}
