using System.Text;
using YarpWs.Gateway.Access.Basic;

namespace YarpWs.Gateway.Tests.Access.Basic;

/// <summary>The forms that htpasswd, openssl and crypt(3) write; each hash here is theirs.</summary>
public sealed class PasswordHashTests
{
    [Theory]
    [InlineData("$apr1$abcdefgh$sAT51V/DnRGRtxDJCf7lm/", "secret word")]
    [InlineData("$apr1$xy$43..WIhbfuznGvwoCyUek/", "")]
    [InlineData("$1$abcdefgh$rlELB50f38LUhhk75DTw70", "secret word")]
    [InlineData("$6$saltstring$U3owk.A3em1YhhL4.d5htGURGQiw9vbrHyYJW1QDaEVWqcTDbTnt2gGIuyWd4HdCTnzrO1SBtVpzC9Xtohtr.0", "secret word")]
    [InlineData("$6$rounds=1400$anotherlongsalts$a8ikP8jtivP5DKxw1Cz1I/wxI4uoISEBPgIPK.PGGsEgGjdXLvovR/bvumaZvB9N3y2jJZ20LajaAAiPSLfZR1", "secret word")]
    [InlineData("$6$x$QSmr1Bx2g4O6BzKvdkgOcyU6H91X6I/XBv5pSalMhSPkwdH6Beo3F455xZJg0v//bxVK5F4OE5k1.0xuR26MK0", "")]
    [InlineData("$5$saltstring$zb4G.bJf1lQW1ZYWTH/6MLALsKTtlN7w/dLPCIegUaC", "secret word")]
    [InlineData("$2b$04$abcdefghijklmnopqrstuuP6/q0obcGuk6SuzN66aTZwHeRCLMzKO", "secret word")]
    [InlineData("$2y$04$abcdefghijklmnopqrstuuP6/q0obcGuk6SuzN66aTZwHeRCLMzKO", "secret word")]
    [InlineData("{SHA}PDUC6jG3V40qqE4XqHRFLkyoMVM=", "secret word")]
    [InlineData("{SSHA}srS3HbeExTpsG+l0modjNjv9+1pzYWx0eQ==", "secret word")]
    [InlineData("{PLAIN}secret word", "secret word")]
    public void Password_IsGood_AndAnotherIsNot(string hash, string password)
    {
        var parsed = PasswordHash.Parse(hash);

        Assert.True(parsed.Verify(Encoding.UTF8.GetBytes(password)));
        Assert.False(parsed.Verify(Encoding.UTF8.GetBytes(password + " ")));
    }

    [Theory]
    [InlineData("$apr1$xy$rv9nfFET.YDGjBMhaG40z/")]
    [InlineData("$5$x$2Bj4hxpwCYDap2E9mUKBUy1vwLSpfX./wV5XElIIsm.")]
    public void LongPassword_IsGood(string hash) => Assert.True(PasswordHash.Parse(hash).Verify(Encoding.UTF8.GetBytes(new string('a', 100))));

    /// <summary>The work of SHA crypt grows with the password, and a header may hold 32 KiB.</summary>
    [Fact]
    public void Password_BeyondTheLimit_IsNobodys() =>
        Assert.False(PasswordHash.Parse($"{{PLAIN}}{new string('a', 600)}").Verify(Encoding.UTF8.GetBytes(new string('a', 600))));

    [Theory]
    [InlineData("plainly")]
    [InlineData("rqXexS6ZhobKA")]
    [InlineData("$y$j9T$x$y")]
    [InlineData("$2y$04$short")]
    [InlineData("$apr1$abcdefgh$short")]
    [InlineData("$6$saltstring$short")]
    [InlineData("$6$rounds=many$salt$U3owk.A3em1YhhL4.d5htGURGQiw9vbrHyYJW1QDaEVWqcTDbTnt2gGIuyWd4HdCTnzrO1SBtVpzC9Xtohtr.0")]
    [InlineData("{SHA}!!")]
    [InlineData("{SSHA}AAAA")]
    public void Form_ThatIsNotKnown_IsRefused_WithThoseThatAre(string hash) =>
        Assert.Contains("the form of this hash is not known; expected bcrypt", Assert.Throws<FormatException>(() => PasswordHash.Parse(hash)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("$2y$17$abcdefghijklmnopqrstuuP6/q0obcGuk6SuzN66aTZwHeRCLMzKO")]
    [InlineData("$6$rounds=999999999$salt$U3owk.A3em1YhhL4.d5htGURGQiw9vbrHyYJW1QDaEVWqcTDbTnt2gGIuyWd4HdCTnzrO1SBtVpzC9Xtohtr.0")]
    public void Work_ThatWouldTakeSeconds_IsRefused(string hash) =>
        Assert.Contains("would keep a processor for seconds", Assert.Throws<FormatException>(() => PasswordHash.Parse(hash)).Message, StringComparison.Ordinal);
}
