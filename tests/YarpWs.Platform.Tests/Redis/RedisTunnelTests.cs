#pragma warning disable SER009
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;
using YarpWs.Platform.Redis;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Redis;

public sealed class RedisTunnelTests : IDisposable
{
    private readonly EventLoops _loops = new(2, TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _loops.Dispose();

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task Host_IsConnectedTo_ByNameAndByAddress(string host)
    {
        Assert.SkipUnless(EventLoops.AreSupported, "The library connects by itself.");
        using var listener = Listen();
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        EndPoint endpoint = IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);

        await using var transport = await ConnectAsync(endpoint, new ConfigurationOptions());

        Assert.False(Assert.IsType<RedisTransport>(transport).IsEncrypted);
    }

    [Fact]
    public async Task Nobody_WhoListens_IsAFailure()
    {
        Assert.SkipUnless(EventLoops.AreSupported, "The library connects by itself.");
        using var listener = Listen();
        var endpoint = listener.LocalEndPoint!;
        listener.Dispose();

        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(endpoint, new ConfigurationOptions()));
    }

    [Fact]
    public async Task TlsAndOtherAddresses_AreLeftToTheLibrary()
    {
        using var listener = Listen();

        Assert.Null(await ConnectAsync(listener.LocalEndPoint!, new ConfigurationOptions { Ssl = true }));
        Assert.Null(await ConnectAsync(new UnixDomainSocketEndPoint("/nowhere/redis.sock"), new ConfigurationOptions()));
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private async Task<RESPite.Transports.DuplexTransport?> ConnectAsync(EndPoint endpoint, ConfigurationOptions settings) =>
        await new RedisTunnel(_loops, settings, master: null).ConnectTransportAsync(endpoint, ConnectionType.Interactive, new TlsOptions(settings), Cancellation);
}
