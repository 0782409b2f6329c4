using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Access.Logins;

namespace YarpWs.Gateway.Tests.Access.Logins;

public sealed class TicketTests
{
    private static readonly TicketBinding Blue = new("https://app.example", "/ws/start/blue");

    public static TheoryData<string> NoTickets => ["", "ywt_", "ywt_AAAA", "ywt_" + new string('A', 44), "ywt_" + new string('+', 43), new string('A', 43)];

    [Fact]
    public void Ticket_OpensWhatItSealed_ForTheSamePageAndPath()
    {
        var ticket = Ticket.Create();
        var seal = ticket.Seal("the token", Blue);

        Assert.True(Ticket.TryParse(ticket.Text, out var again));
        Assert.Equal("the token", again.Open(seal, Blue));
        Assert.Equal(ticket.Id, again.Id);
    }

    [Fact]
    public void Ticket_OfAnotherPage_Path_OrSecret_OpensNothing()
    {
        var ticket = Ticket.Create();
        var seal = ticket.Seal("the token", Blue);
        byte[] changed = [.. seal[..^1], (byte)(seal[^1] ^ 1)];

        Assert.Null(ticket.Open(seal, Blue with { Origin = "https://evil.example" }));
        Assert.Null(ticket.Open(seal, Blue with { Origin = "" }));
        Assert.Null(ticket.Open(seal, Blue with { Path = "/ws/start/red" }));
        Assert.Null(Ticket.Create().Open(seal, Blue));
        Assert.Null(ticket.Open(changed, Blue));
        Assert.Null(ticket.Open(seal.AsSpan(0, 3), Blue));
    }

    [Theory]
    [MemberData(nameof(NoTickets))]
    public void Text_ThatIsNoTicket_IsNotRead(string text) => Assert.False(Ticket.TryParse(text, out _));

    [Fact]
    public async Task KeptTicket_IsGivenOnce_AndNotAfterItsTime()
    {
        var time = new FakeTimeProvider();
        var store = new LocalTickets(time);
        await store.TryKeepAsync("a", [1], TimeSpan.FromSeconds(30));
        await store.TryKeepAsync("b", [2], TimeSpan.FromSeconds(30));

        Assert.Equal([1], await store.TakeAsync("a"));
        Assert.Null(await store.TakeAsync("a"));
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Null(await store.TakeAsync("b"));
    }
}
