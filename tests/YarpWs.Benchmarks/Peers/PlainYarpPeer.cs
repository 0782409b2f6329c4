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
        var port = Ports.Free();
        var process = scratch.Start(Name, scratch.NewFolder("plain-yarp"), HiddenVerbs.Command(HiddenVerbs.PlainYarp, port, backend, 0), HiddenVerbs.AsServer);
        await process.WaitForPortAsync(port);
        return Running.On(port, process);
    }
}
