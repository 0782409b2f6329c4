using Xunit;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Node;

/// <summary>One backend on one Garnet for all tests of a class; they keep apart by the names of their groups.</summary>
public sealed class NodeOnGarnet : IAsyncLifetime
{
    private readonly EmbeddedGarnet _garnet = new();

    internal TestNode Node { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _garnet.StartAsync();
        Node = await TestNode.StartAsync(_garnet, "t", ("Node:Name", "a"), ("Connections:MaxMessageBytes", "1000"));
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await _garnet.DisposeAsync();
    }
}
