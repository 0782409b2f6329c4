using Xunit;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>A gateway with the shipped settings, and some of the tests' own, before a backend of its own, shared by the tests of a class.</summary>
public abstract class WireFixture : IAsyncLifetime
{
    private readonly (string Key, string? Value)[] _settings;

    private protected WireFixture(Func<RawConnection, Task> behave, params (string Key, string? Value)[] settings) =>
        (Backend, _settings) = (new RawBackend(behave), settings);

    internal RawBackend Backend { get; }

    internal WireGateway Gateway { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Gateway = await WireGateway.StartAsync(Backend, _settings);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Backend.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
