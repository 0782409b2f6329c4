using System.Net.WebSockets;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

/// <summary>The rooms of BoundedHash over real sockets, while a destination is added to the cluster that runs.</summary>
public sealed class LiveRoomsTests : IAsyncLifetime
{
    private const int Rooms = 60;
    private const int Members = 5;

    private readonly List<ClientWebSocket> _sockets = [];
    private Destination _third = null!;

    public async ValueTask InitializeAsync() => _third = await Destination.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _sockets.ForEach(socket => socket.Dispose());
        await _third.DisposeAsync();
    }

    [Theory]
    [InlineData("path:2", "/one/room{0}")]
    [InlineData("query:room", "/one/x?room=room{0}")]
    public async Task DestinationThatIsAdded_TakesItsShareOfTheRooms_WithTheirNewMembersAlone(string hashBy, string path)
    {
        await using var gateway = await OperatedGateway.StartAsync((a, b) => Text(hashBy, "100", a, b));
        for (var member = 0; member < Members; member++)
        {
            await OpenOneInEachAsync(gateway, path);
        }

        var before = Enumerable.Range(0, Rooms).Select(room => PlacesOf(gateway, path, room)).ToList();
        Assert.All(before, places => Assert.Equal(Members, Assert.Single(places).Count));
        Assert.Equal(["a", "b"], before.Select(places => places[0].Id).Distinct().Order());

        gateway.Save(Text(hashBy, "100", gateway.A, gateway.B, _third));
        await gateway.Log.ExpectAsync(OperatedGateway.Applied);
        await OpenOneInEachAsync(gateway, path);
        await OpenOneInEachAsync(gateway, path);

        // Both new members of a room are where the others are, or both are on the new destination.
        var after = Enumerable.Range(0, Rooms).Select(room => PlacesOf(gateway, path, room)).ToList();
        var moved = Enumerable.Range(0, Rooms).Where(room => after[room].Count > 1).ToList();
        Assert.All(Enumerable.Range(0, Rooms).Except(moved), room => Assert.Equal((before[room][0].Id, Members + 2), after[room][0]));
        Assert.All(moved, room => Assert.Equal([before[room][0], ("c", 2)], after[room]));

        // Its share is a third of them, and the names of 60 rooms are not spread more unevenly than this.
        Assert.InRange(moved.Count, Rooms / 3 / 2, Rooms / 3 * 3 / 2);
        await ExpectAllToEchoAsync();
    }

    [Fact]
    public async Task DestinationThatIsAdded_TakesWhatIsBeyondTheBoundOfTheOthers()
    {
        const string path = "/one/room{0}";
        const double maxLoad = 1.25;
        await using var gateway = await OperatedGateway.StartAsync((a, b) => Text("path:2", "1.25", a, b));
        for (var member = 0; member < Members; member++)
        {
            await OpenOneInEachAsync(gateway, path);
        }

        gateway.Save(Text("path:2", "1.25", gateway.A, gateway.B, _third));
        await gateway.Log.ExpectAsync(OperatedGateway.Applied);

        for (var room = 0; room < Rooms; room++)
        {
            var before = LoadsOf(gateway);
            await OpenAsync(gateway, path, room);
            var after = LoadsOf(gateway);

            var chosen = Assert.Single(Enumerable.Range(0, 3), index => after[index] != before[index]);
            Assert.InRange(after[chosen], 1, Math.Ceiling((1 + before.Sum()) / 3.0 * maxLoad));
        }

        // Two had all 300, so that at least one of them was beyond its bound from the start.
        Assert.InRange(LoadsOf(gateway)[2], 1, Rooms);
        await ExpectAllToEchoAsync();
    }

    private static string Text(string hashBy, string maxLoad, params Destination[] destinations)
    {
        var list = destinations.Select((destination, index) => $$""" "{{(char)('a' + index)}}": { "Address": "{{destination.Address}}" } """);
        return $$"""
            {
              "ReverseProxy": {
                "Routes": { "one": { "ClusterId": "backend", "AuthorizationPolicy": "anonymous", "Match": { "Path": "/one/{**rest}" } } },
                "Clusters": {
                  "backend": {
                    "LoadBalancingPolicy": "BoundedHash",
                    "Metadata": { "Balancing.HashBy": "{{hashBy}}", "Balancing.MaxLoad": "{{maxLoad}}" },
                    "Destinations": { {{string.Join(", ", list)}} }
                  }
                }
              }
            }
            """;
    }

    private async Task OpenOneInEachAsync(OperatedGateway gateway, string path)
    {
        for (var room = 0; room < Rooms; room++)
        {
            await OpenAsync(gateway, path, room);
        }
    }

    private async Task OpenAsync(OperatedGateway gateway, string path, int room) => _sockets.Add(await gateway.ConnectAsync(Of(path, room)));

    private async Task ExpectAllToEchoAsync()
    {
        foreach (var socket in _sockets)
        {
            await socket.ExpectEchoAsync(7);
        }
    }

    private Destination[] All(OperatedGateway gateway) => [gateway.A, gateway.B, _third];

    /// <summary>Nobody leaves, so that whoever has come is there.</summary>
    private int[] LoadsOf(OperatedGateway gateway) => [.. All(gateway).Select(destination => destination.Arrivals.Count)];

    /// <summary>The destinations that have members of a room, and how many each.</summary>
    private List<(string Id, int Count)> PlacesOf(OperatedGateway gateway, string path, int room) =>
    [
        .. All(gateway)
            .Select((destination, index) => (((char)('a' + index)).ToString(), destination.Arrivals.Count(arrival => arrival.Target == Of(path, room))))
            .Where(place => place.Item2 > 0),
    ];

    private static string Of(string path, int room) => string.Format(System.Globalization.CultureInfo.InvariantCulture, path, room);
}
