using System.Net.WebSockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Gateway.Sockets;
using YarpWs.Gateway.Sockets.Draining;
using YarpWs.Gateway.Tests.Routes;

namespace YarpWs.Gateway.Tests.Sockets.Draining;

public sealed class RemovedSocketsTests
{
    private const int Found = 1333;

    private static string Text(Destination destination, params (string Path, string OnRemoved)[] routes) => $$"""
        {
          "ReverseProxy": {
            "Routes": {
        {{string.Join(",\n", routes.Select(route => $$"""
              "{{route.Path}}": { "ClusterId": "backend", "AuthorizationPolicy": "anonymous", "Match": { "Path": "/{{route.Path}}/{**rest}" },
                "Metadata": { "Sockets.OnRemoved": "{{route.OnRemoved}}" } }
        """))}}
            },
            "Clusters": { "backend": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } }
          }
        }
        """;

    [Fact]
    public async Task RouteThatIsRemoved_ClosesItsSockets_ButThoseToldToBeKept()
    {
        await using var gateway = await OperatedGateway.StartAsync((a, _) => Text(a, ("one", "Drain"), ("two", "Close"), ("three", "Keep"), ("four", "Drain")));
        using var drained = await gateway.ConnectAsync("/one/x");
        using var closed = await gateway.ConnectAsync("/two/x");
        using var kept = await gateway.ConnectAsync("/three/x");
        using var untouched = await gateway.ConnectAsync("/four/x");

        gateway.Save(Text(gateway.A, ("four", "Drain")));

        Assert.Equal(SocketClose.RouteRemoved.Reason, await ClosedAsync(drained));
        Assert.Equal(SocketClose.RouteRemoved.Reason, await ClosedAsync(closed));
        Assert.Contains("1 live on, 1 are drained, 1 are closed", await gateway.Log.ExpectAsync(Found), StringComparison.Ordinal);
        await kept.ExpectEchoAsync(1);
        await untouched.ExpectEchoAsync(2);
    }

    [Fact]
    public async Task DestinationThatMovesToAnotherAddress_IsGoneForTheSocketsOfTheOldOne()
    {
        await using var gateway = await OperatedGateway.StartAsync((a, _) => Text(a, ("one", "Drain")));
        using var old = await gateway.ConnectAsync("/one/x");

        gateway.Save(Text(gateway.B, ("one", "Drain")));

        Assert.Equal(SocketClose.RouteRemoved.Reason, await ClosedAsync(old));
        using var young = await gateway.ConnectAsync("/one/x");
        await young.ExpectEchoAsync(1);
    }

    [Theory]
    [InlineData("ws", "Drain", true)]
    [InlineData("ws", "Close", true)]
    [InlineData("ws", "Keep", false)]
    [InlineData("one", "Drain", false)]
    public async Task Socket_WhoseRouteWasRemovedWhileItWasOnItsWay_IsClosed_UnlessItIsToBeKept(string route, string onRemoved, bool isClosed)
    {
        await using var gateway = await OperatedGateway.StartAsync((a, _) => Text(a, ("one", "Drain")));
        var wheel = new DeadlineWheel(TimeProvider.System, NullLogger<DeadlineWheel>.Instance);
        using var socket = new TestSocket(wheel, TimeProvider.System, new SocketOptions { OnRemoved = Enum.Parse<RemovedAction>(onRemoved) }, route: route, address: gateway.A.Address);

        gateway.Services.GetRequiredService<RemovedSockets>().Opened(socket.Live);

        Assert.Equal(isClosed, socket.Live.IsLeaving);
    }

    private static async Task<string?> ClosedAsync(ClientWebSocket socket)
    {
        var received = await socket.ReceiveAsync(new byte[16].AsMemory(), Deadline.Token());
        Assert.Equal((WebSocketMessageType.Close, 1012), (received.MessageType, (int?)socket.CloseStatus));
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Deadline.Token());
        return socket.CloseStatusDescription;
    }
}
