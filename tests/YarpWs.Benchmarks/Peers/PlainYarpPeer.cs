using YarpWs.Benchmarks.Hosted;
using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>YARP as it comes: what the gateway's own work costs is the difference.</summary>
internal sealed class PlainYarpPeer : IProxyPeer
{
    public string Name => "plain YARP";

    public string? Absence => null;

    public async Task<Running> StartAsync(Scratch scratch, int backend)
    {
        var (port, tlsPort, folder) = (Ports.Free(), Ports.Free(), scratch.NewFolder("plain-yarp"));
        ServerCertificate.Write(folder);
        var process = scratch.Start(Name, folder, HiddenVerbs.Command(HiddenVerbs.PlainYarp, port, backend, tlsPort), HiddenVerbs.AsServer);

        // Kestrel binds one behind the other, and this one last.
        await process.WaitForPortAsync(tlsPort);
        return Running.On(port, tlsPort, process);
    }
}
