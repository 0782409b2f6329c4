using System.Buffers.Text;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using YarpWs.Backend.Channels;

namespace YarpWs.Backend.Tests.Channels;

public sealed class FernetTests
{
    /// <summary>Made by channels_redis 4.0.0 with the keys "first key" and "old key".</summary>
    private const string Captured =
        "gAAAAABrA0l-HcWZCU351_GnqFgoBxY6Fvxt8KshZt_rdqM-Z4v1fcmFednG4cmcdigYH6E1sEsi0V2mcm8DAmpTYZDXXXLQomob1Y8jOV3HgIKSUfjmwihM7ghNXdOyjPTBj0OxU1veF4XEKKgXDtgyRW4zoTvkdrk8RuFF07WMWcaSKijxj7s7G0HWbTYoZFVqRCE6nVoU0QB-hDHvA52eaiASbErHekZaOOJEMxFV9dFGFBOJQ8o=";

    private const string Text =
        "83a474797065ac73656e645f6d657373616765a56576656e74a26869b05f5f617367695f6368616e6e656c5f5f91d94a73706563696669632e3634353237363566656638363435363962656263366331313136663838306561213136363834663430386236653431646639653835663861346530333165666435";

    private static readonly DateTimeOffset Made = DateTimeOffset.FromUnixTimeSeconds(1795377534);
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(70);

    private readonly FakeTimeProvider _time = new(Made);

    [Fact]
    public void TokenOfPython_IsRead()
    {
        Assert.True(new Fernet(["first key", "old key"], _time).TryDecrypt(Bytes(Captured), MaxAge, out var text));

        Assert.Equal(Text, Convert.ToHexStringLower(text));
    }

    [Fact]
    public void Token_IsWhatPythonMakes()
    {
        var iv = Base64Url.DecodeFromChars(Captured).AsSpan(9, 16);

        var token = new Fernet(["first key", "old key"], _time).Encrypt(Convert.FromHexString(Text), Made, iv);

        Assert.Equal(Captured, Encoding.ASCII.GetString(token));
    }

    [Fact]
    public void AnyKey_Decrypts_AndTheFirstEncrypts()
    {
        var token = new Fernet(["old"], _time).Encrypt(Bytes("hello"));

        Assert.True(new Fernet(["new", "old"], _time).TryDecrypt(token, MaxAge, out var text));
        Assert.Equal("hello", Encoding.UTF8.GetString(text));
        Assert.False(new Fernet(["new"], _time).TryDecrypt(token, MaxAge, out _));
    }

    [Theory]
    [InlineData(70, true)]
    [InlineData(71, false)]
    [InlineData(-60, true)]
    [InlineData(-61, false)]
    public void Token_IsGoodForItsTime(int secondsLater, bool isGood)
    {
        var fernet = new Fernet(["first key"], new FakeTimeProvider(Made.AddSeconds(secondsLater)));

        Assert.Equal(isGood, fernet.TryDecrypt(Bytes(Captured), MaxAge, out _));
    }

    [Fact]
    public void TokenWithAnyByteChanged_IsRefused()
    {
        var fernet = new Fernet(["first key"], _time);
        for (var i = 0; i < Captured.Length - 1; i++)
        {
            var changed = Bytes(Captured);
            changed[i] = changed[i] == (byte)'A' ? (byte)'B' : (byte)'A';

            // The last character before the padding has bits that mean nothing.
            Assert.False(i < Captured.Length - 2 && fernet.TryDecrypt(changed, MaxAge, out _), $"byte {i}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("gAAA")]
    [InlineData("no base64!")]
    public void WhatIsNoToken_IsRefused(string text) => Assert.False(new Fernet(["first key"], _time).TryDecrypt(Bytes(text), MaxAge, out _));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
