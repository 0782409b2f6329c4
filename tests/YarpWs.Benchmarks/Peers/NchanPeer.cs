using System.Net;
using YarpWs.Benchmarks.Load;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>nginx with the module nchan on Redis, with as many nodes as are asked for.</summary>
internal sealed class NchanPeer(int nodes) : IGroupPeer, IGroupDialect
{
    private const string Module = "/usr/lib/nginx/modules/ngx_nchan_module.so";

    /// <summary>Each worker connects to Redis by itself, and answers 503 until it has; nothing tells when all have.</summary>
    private static readonly TimeSpan Connecting = TimeSpan.FromSeconds(3);

    public string Name => "nchan";

    public string? Absence => Nginx.Absence ?? Redis.Absence ?? (File.Exists(Module) ? null : "nchan is not installed (apt-get install libnginx-mod-nchan)");

    public IGroupDialect Dialect => this;

    public (byte[] Before, byte[] After) Received { get; } = ([], []);

    public async Task<Running> StartAsync(Scratch scratch)
    {
        var redis = Ports.Free();
        List<ServerProcess> processes = [await Redis.StartAsync(scratch, redis)];
        List<IPEndPoint> entrances = [];
        for (var node = 0; node < nodes; node++)
        {
            var port = Ports.Free();
            entrances.Add(new IPEndPoint(IPAddress.Loopback, port));
            processes.Add(await Nginx.StartAsync("nchan", scratch, port, Settings(port, redis), $"load_module {Module};"));
        }

        await Task.Delay(Connecting);
        return new Running(entrances, processes, []);
    }

    public byte[] Handshake(IPEndPoint server, string group, int member) => Requests.Handshake(server, $"/ws/start/{group}");

    public void Join(WireSocket wire, string group)
    {
        // Nothing tells when its subscription in Redis has begun; see Settling.
    }

    public TimeSpan Settling => TimeSpan.FromSeconds(2);

    public (byte[] Before, byte[] After) Sent(string group) => ([], []);

    public int SkipKeepAlive(WireSocket wire, ReadOnlySpan<byte> payload) => 0;

    private static string Settings(int port, int redis) => $$"""
        nchan_shared_memory_size 256M;

        upstream redis {
            nchan_redis_server redis://127.0.0.1:{{redis}};
        }

        server {
            listen 127.0.0.1:{{port}} backlog=4096;

            location ~ ^/ws/start/(\w+)$ {
                nchan_pubsub websocket;
                nchan_channel_id $1;
                nchan_redis_pass redis;
                nchan_subscriber_first_message newest;
                nchan_message_buffer_length 1000;
                nchan_message_timeout 5m;
            }
        }
        """;
}
