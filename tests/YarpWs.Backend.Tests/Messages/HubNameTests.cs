using Xunit;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Tests.Messages;

public sealed class HubNameTests
{
    [Theory]
    [InlineData("c", "c")]
    [InlineData("chat", "chat")]
    [InlineData("Chat", "chat")]
    [InlineData("A1_`,.[]", "a1_`,.[]")]
    public void Name_IsKeptInLowerCase(string text, string hub)
    {
        Assert.True(HubName.TryParse(text, out var parsed));
        Assert.Equal(hub, parsed.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1chat")]
    [InlineData("_chat")]
    [InlineData("chat-room")]
    [InlineData("chat room")]
    [InlineData("chat\n")]
    [InlineData("chat}")]
    [InlineData("chät")]
    [InlineData("\u0130")] // I with a dot, whose lower case is i with another
    [InlineData("\u212a")] // the sign of Kelvin, whose lower case is k
    public void AnythingElse_IsRefused(string? text) => Assert.False(HubName.TryParse(text, out _));

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void Name_HasAtMost128Characters(int length, bool isValid) =>
        Assert.Equal(isValid, HubName.TryParse(new string('h', length), out _));

    [Fact]
    public void Names_ThatDifferInCase_AreOneHub()
    {
        Assert.True(HubName.TryParse("Chat", out var one));
        Assert.True(HubName.TryParse("cHAT", out var other));

        Assert.Equal(one, other);
    }
}
