using Xunit;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>A socket does not hold the request that it came by, where the connection can be taken from the server; a stream of HTTP/2 is the request.</summary>
public sealed class DetachedSocketTests : IAsyncDisposable
{
    private readonly RawBackend _backend = new(RawBackend.EchoAsync);
    private WireGateway? _gateway;

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        await _backend.DisposeAsync();
    }

    [Theory]
    [InlineData(Carrier.Http1, 0)]
    [InlineData(Carrier.Tls, 0)]
    [InlineData(Carrier.Http2, 1)]
    public async Task Socket_OutlivesItsRequest_AndIsWorkOfItsDestination(Carrier carrier, int requests)
    {
        _gateway = await WireGateway.StartAsync(_backend);
        await using var client = await _gateway.ConnectAsync(carrier);

        await Eventually.IsAsync(_ => Task.FromResult(_gateway.Requests() == requests), "the request to be over", Deadline.Length);

        await client.SendAsync(Opcode.Text, "hello"u8.ToArray());
        Assert.Equal("hello"u8.ToArray(), (await client.ReadFrameAsync())?.Payload);
        Assert.Equal(1, _gateway.Load());
        Assert.Equal(1, _gateway.Sockets.Count);
        await client.ResetAsync();
        await _gateway.ExpectNothingLeftAsync(_backend);
    }
}
