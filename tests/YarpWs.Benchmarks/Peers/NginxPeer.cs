using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>
/// nginx with the block for WebSockets that its own guide shows, and a pool of kept connections for other requests, whose bodies it passes on as they come, as the
/// others do.
/// </summary>
internal sealed class NginxPeer : IProxyPeer
{
    public string Name => "nginx";

    public string? Absence => Nginx.Absence;

    public async Task<Running> StartAsync(Scratch scratch, int backend)
    {
        var (port, tlsPort, certificate) = (Ports.Free(), Ports.Free(), scratch.NewFolder("certificate"));
        ServerCertificate.Write(certificate);
        var process = await Nginx.StartAsync(Name, scratch, port, $$"""
            map $http_upgrade $connection_upgrade { default upgrade; '' ''; }

            upstream backend {
                server 127.0.0.1:{{backend}};
                keepalive 256;
            }

            server {
                listen 127.0.0.1:{{port}} backlog=4096;
                listen 127.0.0.1:{{tlsPort}} ssl http2 backlog=4096;
                ssl_protocols TLSv1.2 TLSv1.3;
                ssl_certificate {{certificate}}/{{ServerCertificate.File}};
                ssl_certificate_key {{certificate}}/{{ServerCertificate.KeyFile}};

                location = /nowhere {
                    return 404;
                }

                location / {
                    proxy_pass http://backend;
                    proxy_http_version 1.1;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header Connection $connection_upgrade;
                    proxy_redirect off;
                    proxy_request_buffering off;
                    proxy_set_header Host $host;
                    proxy_set_header X-Real-IP $remote_addr;
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                    proxy_set_header X-Forwarded-Host $server_name;
                    proxy_read_timeout 1h;
                    proxy_send_timeout 1h;
                }
            }
            """);
        return Running.On(port, tlsPort, process);
    }
}
