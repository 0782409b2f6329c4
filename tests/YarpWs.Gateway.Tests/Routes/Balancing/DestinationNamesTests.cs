using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

/// <summary>What the name of a destination means, and for how long.</summary>
public sealed class DestinationNamesTests : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly EventLoops _loops = new(1, TimeProvider.System);
    private readonly DestinationNames _names;
    private Func<IPAddress[]> _answer = () => [IPAddress.Parse("192.0.2.1")];
    private int _asked;

    public DestinationNamesTests() => _names = Names.Of(
        (_, _) =>
        {
            _asked++;
            return Task.Run(_answer);
        },
        _time);

    public void Dispose() => _loops.Dispose();

    [Fact]
    public async Task Answer_IsKept_UntilItHasAged()
    {
        await ExpectAsync("192.0.2.1");
        _answer = () => [IPAddress.Parse("192.0.2.2")];
        _time.Advance(Lifetime - TimeSpan.FromSeconds(1));
        await ExpectAsync("192.0.2.1");
        Assert.Equal(1, _asked);
        _time.Advance(TimeSpan.FromSeconds(1));

        await ExpectAsync("192.0.2.2");
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task ResolverThatFails_ChangesNothing_AndIsAskedAgainLater()
    {
        await ExpectAsync("192.0.2.1");
        _answer = () => throw new SocketException((int)SocketError.TryAgain);
        _time.Advance(Lifetime);
        await ExpectAsync("192.0.2.1");
        await ExpectAsync("192.0.2.1");
        Assert.Equal(2, _asked);
        _answer = () => [IPAddress.Parse("192.0.2.2")];
        _time.Advance(Lifetime);

        await ExpectAsync("192.0.2.2");
    }

    /// <summary>Names may be as many as routes make of what clients ask for.</summary>
    [Fact]
    public async Task Names_AreKeptUpToABound_AndAreAskedForAnewThen()
    {
        for (var number = 0; number <= 10_000; number++)
        {
            await _names.ResolveAsync($"{number}.example", Lifetime, Deadline.Token());
        }

        Assert.Equal(10_001, _asked);
        await _names.ResolveAsync("0.example", Lifetime, Deadline.Token());
        Assert.Equal(10_002, _asked);
    }

    [Fact]
    public async Task NameThatWasNeverKnown_Fails()
    {
        _answer = () => throw new SocketException((int)SocketError.HostNotFound);

        await Assert.ThrowsAsync<SocketException>(() => ExpectAsync("192.0.2.1"));
    }

    [Fact]
    public async Task AddressThatRefuses_LeavesTheOthers_AndTheyTakeTurns()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        var port = ((IPEndPoint)first.LocalEndpoint).Port;
        _answer = () => [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback];
        for (var turn = 0; turn < 4; turn++)
        {
            using var socket = await _names.ConnectAsync("backend.example", port, new DestinationConnectionOptions(), _loops.Next(), null, Deadline.Token());
            using var accepted = await first.AcceptSocketAsync(Deadline.Token());
        }
    }

    private async Task ExpectAsync(string address) =>
        Assert.Equal([IPAddress.Parse(address)], await _names.ResolveAsync("backend.example", Lifetime, Deadline.Token()));
}
