using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Tests.Sockets;

public sealed class UserSocketsTests : IDisposable
{
    private readonly DeadlineWheel _wheel = new(TimeProvider.System, NullLogger<DeadlineWheel>.Instance);
    private readonly SocketTable _table = new();
    private readonly List<TestSocket> _sockets = [];

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    [Fact]
    public void Sockets_AreFoundByTheirUser_AsLongAsTheyAreOpen()
    {
        var (first, second, third) = (Open("ann"), Open("ann"), Open("bob"));

        Assert.Equivalent(new[] { first, second }, Of("ann"));
        Assert.Equal([third], Of("bob"));

        _table.Remove(first);
        _table.Remove(third);
        _table.Remove(third);
        Assert.Equal([second], Of("ann"));
        Assert.Empty(Of("bob"));

        _table.Remove(second);
        Assert.Empty(Of("ann"));
        Assert.Equal([Open("ann")], Of("ann"));
    }

    [Fact]
    public void UsersOfTwoIssuers_AreTwo_AndWhoHasNoLoginIsNobodys()
    {
        var (here, elsewhere) = (Open("ann"), Open("ann", issuer: "elsewhere"));
        Open(user: null);

        Assert.Equal([here], Of("ann"));
        Assert.Equal([elsewhere], _table.Of("elsewhere", "ann"));
    }

    [Fact]
    public async Task Sockets_ThatOpenAndCloseAtOnce_LeaveNothing()
    {
        var sockets = Enumerable.Range(0, 400).Select(i => Make($"user{i % 3}")).ToList();

        await Parallel.ForEachAsync(sockets, Deadline.Token(), (socket, _) =>
        {
            _table.Add(socket);
            Assert.Contains(socket, _table.Of("here", socket.Login!.User!));
            _table.Remove(socket);
            return ValueTask.CompletedTask;
        });

        Assert.All(["user0", "user1", "user2"], user => Assert.Empty(Of(user)));
    }

    private IReadOnlyList<LiveSocket> Of(string user) => _table.Of("here", user);

    private LiveSocket Open(string? user, string issuer = "here")
    {
        var socket = Make(user, issuer);
        _table.Add(socket);
        return socket;
    }

    private LiveSocket Make(string? user, string issuer = "here")
    {
        var login = user is null ? null : new Login { Issuer = issuer, User = user, ExpiresAt = DateTimeOffset.MaxValue };
        var socket = new TestSocket(_wheel, TimeProvider.System, id: _table.NextId(), login: login);
        _sockets.Add(socket);
        return socket.Live;
    }
}
