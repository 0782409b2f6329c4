using System.Globalization;
using System.Runtime.CompilerServices;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>The system that this product replaces: nginx, daphne, Django Channels and channels_redis, from the distribution's packages.</summary>
internal sealed class DjangoPeer : IGroupPeer
{
    private const string Python = "/usr/bin/python3";
    private const string Daphne = "/usr/bin/daphne";

    public string Name => "original";

    public string? Absence => Nginx.Absence ?? Redis.Absence ?? (File.Exists(Daphne) && Directory.Exists("/usr/lib/python3/dist-packages/channels_redis")
        ? null
        : "daphne and Django Channels are not installed (apt-get install daphne python3-django-channels python3-channels-redis)");

    public IGroupDialect Dialect { get; } = new SeedDialect();

    public async Task<Running> StartAsync(Scratch scratch)
    {
        var (port, daphne, redis) = (Ports.Free(), Ports.Free(), Ports.Free());
        var store = await Redis.StartAsync(scratch, redis);
        var server = scratch.Start(
            "daphne",
            scratch.NewFolder("daphne"),
            [Python, Daphne, "-b", "127.0.0.1", "-p", Text(daphne), "--ping-timeout", "600", "rooms:application"],
            ("PYTHONPATH", ProjectFolder()),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("DJANGO_SETTINGS_MODULE", "settings"),
            ("REDIS_PORT", Text(redis)));
        await server.WaitForPortAsync(daphne);
        var nginx = await Nginx.StartAsync("nginx", scratch, port, $$"""
            server {
                listen 127.0.0.1:{{port}} backlog=4096;

                location /ws {
                    proxy_pass http://127.0.0.1:{{daphne}};
                    proxy_http_version 1.1;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header Connection "upgrade";
                    proxy_redirect off;
                    proxy_set_header Host $host;
                    proxy_set_header X-Real-IP $remote_addr;
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                    proxy_set_header X-Forwarded-Host $server_name;
                }
            }
            """);
        return Running.On(port, nginx, server, store);
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static string ProjectFolder([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "django"));
}
