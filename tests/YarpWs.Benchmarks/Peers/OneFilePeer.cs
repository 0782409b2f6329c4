using YarpWs.Benchmarks.Servers;

namespace YarpWs.Benchmarks.Peers;

/// <summary>The product's gateway as it is published for one kind of machine: one file, compiled ahead (ReadyToRun).</summary>
internal sealed class OneFilePeer : IProxyPeer
{
    public string Name => "gateway, one file";

    public string? Absence => File.Exists(Executables.OneFile)
        ? null
        : $"{Executables.OneFile} is not there (dotnet publish gateway --configuration Release --runtime {Path.GetFileName(Path.GetDirectoryName(Executables.OneFile))} --output {Path.GetDirectoryName(Executables.OneFile)})";

    public Task<Running> StartAsync(Scratch scratch, int backend) => GatewayPeer.StartAsync(scratch, backend, [Executables.OneFile]);
}
