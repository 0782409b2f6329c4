using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Gateway.Access.Revocations;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Tests.Access.Revocations;

public sealed class RevocationListTests
{
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(2);
    private static readonly RevocationTarget Everybody = new() { User = null };

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly RevocationList _list;

    public RevocationListTests() => _list = new RevocationList(Options.Create(new RevocationOptions { ClockSkew = Skew }), _time);

    private DateTimeOffset Now => _time.GetUtcNow();

    private Login Ann => new()
    {
        Issuer = "https://login.example",
        User = "ann",
        SessionId = "s1",
        TokenId = "t1",
        IssuedAt = Now,
        ExpiresAt = Now.AddHours(1),
    };

    private bool Revoke(RevocationTarget target, TimeSpan? lasting = null) => _list.Add(new Revocation(target, Now, Now + (lasting ?? TimeSpan.FromHours(1))));

    public static TheoryData<string, bool> Targets => new()
    {
        { """{"user":"ann"}""", true },
        { """{"user":"ann","issuer":"https://login.example"}""", true },
        { """{"user":"ann","issuer":"https://another.example"}""", false },
        { """{"user":"Ann"}""", false },
        { """{"user":"s1"}""", false },
        { """{"sessionId":"s1"}""", true },
        { """{"sessionId":"s2"}""", false },
        { """{"sessionId":"s1","issuer":"https://another.example"}""", false },
        { """{"tokenId":"t1"}""", true },
        { """{"tokenId":"t2"}""", false },
        { "{}", true },
        { """{"issuer":"https://login.example"}""", true },
        { """{"issuer":"https://another.example"}""", false },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public void Revocation_RefusesThoseItNames_AndNobodyElse(string target, bool isRefused)
    {
        Revoke(RevocationTarget.Parse(target));

        Assert.Equal(isRefused, _list.Refuses(Ann));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_IsOneText_ThatReadsAsItself(string target, bool isRefused)
    {
        Assert.Equal(target, RevocationTarget.Parse(target).ToString());
        Assert.Equal(isRefused, RevocationTarget.Parse(target).Covers(Ann));
    }

    [Fact]
    public void Login_AfterTheRevocation_AndTheSkew_IsLetIn()
    {
        Revoke(new RevocationTarget { User = "ann" });

        Assert.True(_list.Refuses(Ann with { IssuedAt = Now - TimeSpan.FromDays(1) }));
        Assert.True(_list.Refuses(Ann with { IssuedAt = Now + Skew }));
        Assert.False(_list.Refuses(Ann with { IssuedAt = Now + Skew + TimeSpan.FromSeconds(1) }));
    }

    [Fact]
    public void Token_ThatDoesNotSayWhenItWasIssued_IsRefused()
    {
        Revoke(Everybody);

        Assert.True(_list.Refuses(Ann with { IssuedAt = null }));
    }

    [Fact]
    public void SingleToken_IsRefused_WheneverItWasIssued()
    {
        Revoke(new RevocationTarget { TokenId = "t1" });

        Assert.True(_list.Refuses(Ann with { IssuedAt = Now.AddMinutes(1) }));
        Assert.False(_list.Refuses(Ann with { TokenId = null }));
    }

    [Fact]
    public void Revocation_ThatHasEnded_RefusesNobody_AndIsForgotten()
    {
        Revoke(Everybody, lasting: TimeSpan.FromMinutes(1));
        var old = Ann;

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(_list.Refuses(old));
        Assert.Empty(_list.All);

        _list.DropEnded();
        Assert.Equal(0, _list.Count);
    }

    [Fact]
    public void Revocations_OfOneTarget_RefuseWhatEitherDoes_InAnyOrder()
    {
        var user = new RevocationTarget { User = "ann" };
        var longer = new Revocation(user, Now.AddMinutes(-10), Now.AddHours(2));
        var later = new Revocation(user, Now, Now.AddHours(1));

        Assert.True(_list.Add(longer));
        Assert.True(_list.Add(later));
        Assert.False(_list.Add(later));
        Assert.False(_list.Add(longer));

        Assert.Equal(new Revocation(user, Now, Now.AddHours(2)), Assert.Single(_list.All));
    }
}
