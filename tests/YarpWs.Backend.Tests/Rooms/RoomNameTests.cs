using Xunit;
using YarpWs.Backend.Rooms;

namespace YarpWs.Backend.Tests.Rooms;

public sealed class RoomNameTests
{
    [Theory]
    [InlineData("blue", "blue")]
    [InlineData("Blue", "Blue")]
    [InlineData("_", "_")]
    [InlineData("42", "42")]
    [InlineData("комната", "комната")]
    [InlineData("部屋", "部屋")]
    [InlineData("é", "é")]
    [InlineData("٣", "٣")]
    [InlineData("½Ⅷ²", "½Ⅷ²")]
    [InlineData("𠀀𐐀", "𠀀𐐀")]
    public void Name_IsLettersDigitsAndUnderscores_OfAnyScript(string segment, string room) => Assert.Equal(room, Parsed(segment));

    [Theory]
    [InlineData("blue-green", "blue")]
    [InlineData("blue green", "blue")]
    [InlineData("blue/green", "blue")]
    [InlineData("blue%2Fgreen", "blue")]
    [InlineData("blue😀", "blue")]
    [InlineData("blue\0", "blue")]
    [InlineData("blue.", "blue")]
    public void WhatFollowsTheName_IsIgnored(string segment, string room) => Assert.Equal(room, Parsed(segment));

    [Theory]
    [InlineData("")]
    [InlineData("-blue")]
    [InlineData("😀blue")]
    [InlineData(" blue")]
    [InlineData("%41")]
    public void Segment_ThatDoesNotBeginWithAName_IsRefused(string segment) => Assert.Null(Parsed(segment));

    [Fact]
    public void LoneSurrogate_EndsTheName()
    {
        // Not as InlineData: attributes are stored in UTF-8, which has no lone surrogates.
        Assert.Equal("blue", Parsed("blue\ud800"));
        Assert.Null(Parsed("\ud800"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("部")]
    [InlineData("𠀀")]
    public void Name_HasAtMost94Characters_HoweverTheyAreWritten(string character)
    {
        var longest = string.Concat(Enumerable.Repeat(character, 94));

        Assert.Equal(longest, Parsed(longest));
        Assert.Equal(longest, Parsed(longest + "-and on"));
        Assert.Null(Parsed(longest + character));
    }

    private static string? Parsed(string segment) => RoomName.TryParse(segment, out var room) ? room : null;
}
