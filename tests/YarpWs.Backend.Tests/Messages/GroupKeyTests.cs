using Xunit;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Tests.Messages;

public sealed class GroupKeyTests
{
    [Theory]
    [InlineData("blue")]
    [InlineData(" blue ")]
    [InlineData("a/b?c#d%2F{e}*")]
    [InlineData("部屋😀")]
    [InlineData("\0")]
    public void Name_IsAlmostAnything(string name)
    {
        Assert.True(GroupKey.TryCreate(Hub(), name, out var group));
        Assert.Equal(name, group.Name);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \t\r\n")]
    public void Name_ThatSaysNothing_IsRefused(string? name) => Assert.False(GroupKey.TryCreate(Hub(), name, out _));

    [Fact]
    public void Name_ThatIsNoText_IsRefused()
    {
        // Not as InlineData: attributes are stored in UTF-8, which has no lone surrogates.
        Assert.All(["\ud800", "blue\udc00", "\ude00\ud83d"], name => Assert.False(GroupKey.TryCreate(Hub(), name, out _)));
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void Name_HasAtMost1024Characters(int length, bool isValid) =>
        Assert.Equal(isValid, GroupKey.TryCreate(Hub(), new string('g', length), out _));

    [Fact]
    public void Groups_AreTheSame_WhenHubAndNameAre_CaseCounting()
    {
        GroupKey.TryCreate(Hub("Chat"), "blue", out var blue);
        GroupKey.TryCreate(Hub("chat"), "blue", out var same);
        GroupKey.TryCreate(Hub("chat"), "Blue", out var otherName);
        GroupKey.TryCreate(Hub("other"), "blue", out var otherHub);

        Assert.Equal(blue, same);
        Assert.Distinct([blue, otherName, otherHub]);
    }

    private static HubName Hub(string name = "chat")
    {
        Assert.True(HubName.TryParse(name, out var hub));
        return hub;
    }
}
