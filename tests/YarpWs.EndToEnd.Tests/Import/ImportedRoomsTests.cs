using Xunit;
using YarpWs.EndToEnd.Tests.Cluster;
using YarpWs.EndToEnd.Tests.Plain;

namespace YarpWs.EndToEnd.Tests.Import;

/// <summary>Messages through a gateway that is made of a whole nginx configuration around the location of the rooms.</summary>
public sealed class PlainMessagesBehindImport(ImportedCluster imported) : PlainMessageSpec, IClassFixture<ImportedCluster>
{
    protected override Task<TestCluster> ClusterAsync() => Task.FromResult(imported.Cluster);
}

/// <summary>Frames through it.</summary>
public sealed class PlainFramesBehindImport(ImportedCluster imported) : PlainFrameSpec, IClassFixture<ImportedCluster>
{
    protected override Task<TestCluster> ClusterAsync() => Task.FromResult(imported.Cluster);
}

/// <summary>Rooms and refused handshakes through it.</summary>
public sealed class PlainRoomsBehindImport(ImportedCluster imported) : PlainRoomSpec, IClassFixture<ImportedCluster>
{
    protected override Task<TestCluster> ClusterAsync() => Task.FromResult(imported.Cluster);
}
