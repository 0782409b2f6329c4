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
    [InlineData("हिन्दी")]
    [InlineData("हिमालय")]
    [InlineData("ห้องแชท")]
    [InlineData("ห้าม")]
    [InlineData("ภาษาไทย")]
    [InlineData("שָׁלוֹם")]
    [InlineData("ქართული")]
    public void Name_KeepsItsMarks(string segment) => Assert.Equal(segment.Length, Parsed(segment)?.Length);

    [Theory]
    [InlineData("cafe\u0301", "café")]
    [InlineData("café", "café")]
    [InlineData("A\u030Angstro\u0308m", "Ångström")]
    [InlineData("\u212Bngström", "Ångström")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u1112\u1161\u11ab", "한")]
    [InlineData("क\u093c", "क\u093c")]
    [InlineData("\u0958", "क\u093c")]
    public void Name_WrittenInSeveralWays_IsOne(string segment, string room) => Assert.Equal(room, Parsed(segment));

    [Theory]
    [InlineData("blue-green")]
    [InlineData("blue green")]
    [InlineData("blue/green")]
    [InlineData("blue%2Fgreen")]
    [InlineData("blue😀")]
    [InlineData("blue\0")]
    [InlineData("blue.")]
    [InlineData("ห้อง-แชท")]
    [InlineData("a\u200db")]
    [InlineData("\u0301e")]
    public void Segment_WithAnythingElse_IsRefused_AndNeverCut(string segment) => Assert.Null(Parsed(segment));

    [Theory]
    [InlineData("")]
    [InlineData("-blue")]
    [InlineData("😀blue")]
    [InlineData(" blue")]
    [InlineData("%41")]
    public void Segment_ThatIsNoName_IsRefused(string segment) => Assert.Null(Parsed(segment));

    [Fact]
    public void LoneSurrogate_IsRefused()
    {
        // Not as InlineData: attributes are stored in UTF-8, which has no lone surrogates.
        Assert.Null(Parsed("blue\ud800"));
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
        Assert.Null(Parsed(longest + character));
    }

    private static string? Parsed(string segment) => RoomName.TryParse(segment, out var room) ? room : null;
}
