using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>HAProxy with one thread for each processor, which is its default.</summary>
internal sealed class HaproxyPeer : IProxyPeer
{
    private static readonly string? Program = Executables.Find("haproxy");

    public static string Version => Program is null ? "absent" : Executables.FirstLineOf(Program, "-v").Split(' ') is [_, _, var version, ..] ? version : "?";

    public string Name => "haproxy";

    public string? Absence => Program is null ? "haproxy is not installed (apt-get install haproxy)" : null;

    public async Task<Running> StartAsync(Scratch scratch, int backend)
    {
        var (port, tlsPort) = (Ports.Free(), Ports.Free());
        var folder = scratch.NewFolder(Name);
        ServerCertificate.Write(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "haproxy.cfg"), $"""
            global
                maxconn {(Limits.OpenFiles - 200) / 2}

            defaults
                mode http
                option forwardfor
                http-reuse always
                timeout connect 10s
                timeout client 1h
                timeout server 1h
                timeout tunnel 1h

            frontend clients
                bind 127.0.0.1:{port} backlog 4096
                bind 127.0.0.1:{tlsPort} backlog 4096 ssl crt {ServerCertificate.BothFile} alpn h2,http/1.1
                default_backend servers

            backend servers
                server a 127.0.0.1:{backend}

            """);
        var process = scratch.Start(Name, folder, [Program!, "-f", "haproxy.cfg"]);
        await process.WaitForPortAsync(port);
        return Running.On(port, tlsPort, process);
    }
}
