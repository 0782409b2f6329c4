using Xunit;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>A gateway with the shipped settings before a backend of its own, shared by the tests of a class.</summary>
public abstract class WireFixture : IAsyncLifetime
{
    private protected WireFixture(Func<RawConnection, Task> behave) => Backend = new RawBackend(behave);

    internal RawBackend Backend { get; }

    internal WireGateway Gateway { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Gateway = await WireGateway.StartAsync(Backend);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Backend.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
