using System.Buffers.Text;
using System.Text;
using YarpWs.Platform.Jwt;

namespace YarpWs.Platform.Tests.Jwt;

public sealed class UnverifiedTokenTests
{
    [Theory]
    [InlineData("""{"alg":"RS256","kid":"a"}""", """{"sub":"ann","iss":"https://one.example"}""", "https://one.example", "a")]
    [InlineData("""{"alg":"RS256"}""", """{"iss":"https://one.example"}""", "https://one.example", null)]
    [InlineData("""{"alg":"RS256","kid":7}""", """{"iss":{"iss":"nested"}}""", null, null)]
    [InlineData("""{"kid":"a","kid":"b"}""", """{"a":{"iss":"nested"},"iss":"first","iss":"last"}""", "last", "b")]
    [InlineData("""{"k\u0069d":"a"}""", """{"\u0069ss":"escaped"}""", "escaped", "a")]
    [InlineData("{}", "{}", null, null)]
    public void Token_SaysItsIssuerAndKey(string header, string payload, string? issuer, string? keyId)
    {
        Assert.True(UnverifiedToken.TryRead($"{Encode(header)}.{Encode(payload)}.c2ln", out var read));

        Assert.Equal(new UnverifiedToken(issuer, keyId), read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("a.b")]
    [InlineData("..")]
    [InlineData("e30.e30.e30.e30.e30")]
    [InlineData("!!!.e30.c2ln")]
    [InlineData("W10.e30.c2ln")]
    [InlineData("e30.InRleHQi.c2ln")]
    [InlineData("e30.eyJpc3MiOg.c2ln")]
    public void WhatIsNoSignedToken_IsNotRead(string token) => Assert.False(UnverifiedToken.TryRead(token, out _));

    [Fact]
    public void TextThatIsNoUtf8_IsNotRead() => Assert.False(UnverifiedToken.TryRead(
        $"e30.{Base64Url.EncodeToString([.. "{\"iss\":\""u8, 0xC3, 0x28, .. "\"}"u8])}.c2ln", out _));

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
