using System.Buffers;
using System.Net;
using System.Text;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class ProxyHeaderTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    [Theory]
    [InlineData("PROXY TCP4 203.0.113.9 192.0.2.1 56324 443\r\n", "203.0.113.9:56324", "192.0.2.1:443")]
    [InlineData("PROXY TCP6 2001:db8::9 2001:db8::1 0 65535\r\n", "[2001:db8::9]:0", "[2001:db8::1]:65535")]
    [InlineData("PROXY UNKNOWN\r\n", null, null)]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", null, null)]
    public void Line_IsRead_AndWhatFollowsIsLeft(string line, string? source, string? destination)
    {
        var bytes = Encoding.ASCII.GetBytes(line + "GET / HTTP/1.1\r\n");

        Assert.True(ProxyHeader.TryRead(new ReadOnlySequence<byte>(bytes), out var header, out var length));

        Assert.Equal((source, destination, line.Length), (header.Source?.ToString(), header.Destination?.ToString(), length));
    }

    [Theory]
    [InlineData("2111000CCB007109C0000201DC0401BB", "203.0.113.9:56324", "192.0.2.1:443")]
    [InlineData("21110013CB007109C0000201DC0401BB04000411223344", "203.0.113.9:56324", "192.0.2.1:443")]
    [InlineData("2121002420010DB800000000000000000000000920010DB8000000000000000000000001DC0401BB", "[2001:db8::9]:56324", "[2001:db8::1]:443")]
    [InlineData("20000000", null, null)]
    [InlineData("2011000CCB007109C0000201DC0401BB", null, null)]
    [InlineData("21000000", null, null)]
    public void Binary_IsRead_AndWhatFollowsIsLeft(string hex, string? source, string? destination)
    {
        var bytes = Convert.FromHexString(Signature + hex);

        Assert.True(ProxyHeader.TryRead(new ReadOnlySequence<byte>([.. bytes, 0x16, 0x03]), out var header, out var length));

        Assert.Equal((source, destination, bytes.Length), (header.Source?.ToString(), header.Destination?.ToString(), length));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n")]
    [InlineData("PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n")]
    [InlineData("PROXY TCP4 010.2.3.4 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY TCP4 16909060 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY TCP4 ::1 ::2 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1%eth0 ::2 1 2\r\n")]
    [InlineData("PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8\t1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\nGET / HTTP/1.1\r\n")]
    [InlineData("PROXY UNKNOWN xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\nX")]
    public void WhatTwoReadersCouldReadInTwoWays_IsRefused(string text) =>
        Assert.Throws<FormatException>(() => ProxyHeader.TryRead(new ReadOnlySequence<byte>([.. Encoding.Latin1.GetBytes(text), .. new byte[64]]), out _, out _));

    [Theory]
    [InlineData("1111000CCB007109C0000201DC0401BB")]
    [InlineData("2211000CCB007109C0000201DC0401BB")]
    [InlineData("2112000CCB007109C0000201DC0401BB")]
    [InlineData("2141000CCB007109C0000201DC0401BB")]
    [InlineData("2111000BCB007109C0000201DC0401")]
    [InlineData("2121000CCB007109C0000201DC0401BB")]
    [InlineData("2111FFFFCB007109C0000201DC0401BB")]
    [InlineData("21310010CB007109C0000201DC0401BBCB007109")]
    public void BinaryThatIsNone_IsRefused(string hex) =>
        Assert.Throws<FormatException>(() => ProxyHeader.TryRead(new ReadOnlySequence<byte>(Convert.FromHexString(Signature + hex)), out _, out _));

    [Fact]
    public void Header_ThatComesByteForByte_IsReadOnceItIsWhole()
    {
        byte[][] headers = ["PROXY TCP4 203.0.113.9 192.0.2.1 56324 443\r\n"u8.ToArray(), Convert.FromHexString(Signature + "2111000CCB007109C0000201DC0401BB")];
        foreach (var header in headers)
        {
            for (var count = 1; count < header.Length; count++)
            {
                Assert.False(ProxyHeader.TryRead(new ReadOnlySequence<byte>(header, 0, count), out _, out _));
            }
        }
    }

    [Theory]
    [InlineData("203.0.113.9:56324", "192.0.2.1:443", "203.0.113.9:56324", "192.0.2.1:443")]
    [InlineData("[::ffff:203.0.113.9]:1", "192.0.2.1:443", "203.0.113.9:1", "192.0.2.1:443")]
    [InlineData("[2001:db8::9]:1", "192.0.2.1:443", "[2001:db8::9]:1", "[::ffff:192.0.2.1]:443")]
    public void WhatIsWritten_IsReadAgain(string source, string destination, string readSource, string readDestination)
    {
        foreach (var version in (ProxyProtocolVersion[])[ProxyProtocolVersion.V1, ProxyProtocolVersion.V2])
        {
            var bytes = ProxyHeader.Write(version, IPEndPoint.Parse(source), IPEndPoint.Parse(destination));

            Assert.True(ProxyHeader.TryRead(new ReadOnlySequence<byte>(bytes), out var header, out var length));

            Assert.Equal((readSource, readDestination, bytes.Length), (header.Source?.ToString(), header.Destination?.ToString(), length));
        }
    }

    [Theory]
    [InlineData(nameof(ProxyProtocolVersion.V1))]
    [InlineData(nameof(ProxyProtocolVersion.V2))]
    public void WhatHasNoClient_IsTheGatewaysOwn(string version)
    {
        var bytes = ProxyHeader.Write(Enum.Parse<ProxyProtocolVersion>(version), null, IPEndPoint.Parse("192.0.2.1:443"));

        Assert.True(ProxyHeader.TryRead(new ReadOnlySequence<byte>(bytes), out var header, out _));

        Assert.Equal(default, header);
    }
}
