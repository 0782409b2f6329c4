#pragma warning disable SER009
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;
using YarpWs.Platform.Redis;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Redis;

public sealed class RedisTunnelTests : IDisposable
{
    private readonly EventLoops _loops = new(2, TimeProvider.System);

    /// <summary>What the library calls the master, whichever it is.</summary>
    private static DnsEndPoint AnyEndPoint => new("rooms", 6379);

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

    [Fact]
    public async Task Replaced_TheMastersConnectionsAreLeft_AndThoseToItsSuccessorStay()
    {
        Assert.SkipUnless(EventLoops.AreSupported, "The library connects by itself.");
        using var old = Listen();
        using var successor = Listen();
        await using var sentinel = new PlayedSentinel("rooms", (IPEndPoint)old.LocalEndPoint!);
        await using var master = Follow(sentinel);
        var settings = new ConfigurationOptions();
        var tunnel = new RedisTunnel(_loops, settings, master);
        var replaced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        master.Replaced += () => replaced.TrySetResult();

        await using var first = await tunnel.ConnectTransportAsync(AnyEndPoint, ConnectionType.Interactive, new TlsOptions(settings), Cancellation);
        using var left = await old.AcceptAsync(Cancellation);
        await ReplaceAsync(sentinel, (IPEndPoint)successor.LocalEndPoint!, replaced.Task);
        await using var second = await tunnel.ConnectTransportAsync(AnyEndPoint, ConnectionType.Interactive, new TlsOptions(settings), Cancellation);
        using var kept = await successor.AcceptAsync(Cancellation);
        tunnel.LeaveOthers();

        Assert.Equal(0, await left.ReceiveAsync(new byte[1], Cancellation));
        second!.GetMemory(4).Span[..4].Fill((byte)'x');
        second.Advance(4);
        Assert.True(second.Flush());
        Assert.Equal(4, await kept.ReceiveAsync(new byte[8], Cancellation));
    }

    [Fact]
    public async Task Replaced_TheMastersConnectionsThatTheLibraryMade_AreLeftToo()
    {
        using var old = Listen();
        using var successor = Listen();
        await using var sentinel = new PlayedSentinel("rooms", (IPEndPoint)old.LocalEndPoint!);
        await using var master = Follow(sentinel);
        var tunnel = new RedisTunnel(_loops, new ConfigurationOptions(), master);
        var replaced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        master.Replaced += () => replaced.TrySetResult();

        var server = await tunnel.GetSocketConnectEndpointAsync(AnyEndPoint, Cancellation);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await tunnel.BeforeSocketConnectAsync(AnyEndPoint, ConnectionType.Interactive, socket, Cancellation);
        await socket.ConnectAsync(server!, Cancellation);
        using var left = await old.AcceptAsync(Cancellation);
        await ReplaceAsync(sentinel, (IPEndPoint)successor.LocalEndPoint!, replaced.Task);
        tunnel.LeaveOthers();

        Assert.Equal(old.LocalEndPoint, server);
        Assert.Equal(0, await left.ReceiveAsync(new byte[1], Cancellation));
        Assert.Equal(successor.LocalEndPoint, await tunnel.GetSocketConnectEndpointAsync(AnyEndPoint, Cancellation));
    }

    [Fact]
    public async Task WithoutSentinels_TheLibraryConnectsWhereItWantsTo_AndNothingIsLeft()
    {
        using var listener = Listen();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var tunnel = new RedisTunnel(_loops, new ConfigurationOptions(), master: null);

        Assert.Equal(listener.LocalEndPoint, await tunnel.GetSocketConnectEndpointAsync(listener.LocalEndPoint!, Cancellation));
        await tunnel.BeforeSocketConnectAsync(listener.LocalEndPoint!, ConnectionType.Interactive, socket, Cancellation);
        tunnel.LeaveOthers();

        await socket.ConnectAsync(listener.LocalEndPoint!, Cancellation);
    }

    [Fact]
    public async Task Master_ThatNobodyNames_IsNotWaitedFor_LongerThanAConnectionMayTake()
    {
        Assert.SkipUnless(EventLoops.AreSupported, "The library connects by itself.");
        await using var sentinel = new PlayedSentinel("rooms", new IPEndPoint(IPAddress.Loopback, 1)) { KnowsService = false };
        await using var master = Follow(sentinel);
        var settings = new ConfigurationOptions { ConnectTimeout = 100 };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await new RedisTunnel(_loops, settings, master).ConnectTransportAsync(AnyEndPoint, ConnectionType.Interactive, new TlsOptions(settings), Cancellation));
    }

    private static RedisMaster Follow(PlayedSentinel sentinel)
    {
        var settings = RedisSettings.Read($"{sentinel.Address},serviceName=rooms", "t", Deadline.Length, "tests");
        var master = new RedisMaster(settings, TimeProvider.System, NullLogger<RedisMaster>.Instance);
        master.Start();
        return master;
    }

    private static async Task ReplaceAsync(PlayedSentinel sentinel, IPEndPoint successor, Task replaced)
    {
        sentinel.Promote(successor, epoch: 2);
        sentinel.Say("+switch-master", "");
        await replaced.WaitAsync(Deadline.Length, Cancellation);
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
