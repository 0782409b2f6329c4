using Xunit;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>With the gateway in between, a backend and a client get the same bytes as without it, whatever frames they agree to exchange.</summary>
public sealed class SameBytesTests(SameBytesTests.Wire wire) : IClassFixture<SameBytesTests.Wire>
{
    private readonly RawBackend _backend = wire.Backend;
    private readonly WireGateway _gateway = wire.Gateway;

    public static MatrixTheoryData<Carrier, Split, Deflate> Messages => new(
        Enum.GetValues<Carrier>(), Enum.GetValues<Split>(), Enum.GetValues<Deflate>());

    public static MatrixTheoryData<Carrier, int> Codes => new(
        Enum.GetValues<Carrier>(), [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1016, 2999, 3000, 3999, 4000, 4999, 1005]);

    [Theory]
    [MemberData(nameof(Messages))]
    public Task Messages_AreTheSame(Carrier carrier, Split split, Deflate deflate) => ExpectSameAsync(
        carrier, () => new EchoTraffic(split, deflate, seed: 1).AddControls().AddMessages(split == Split.Bytes ? 126 : 65_536).AddClose(1000, "done"));

    [Theory]
    [InlineData(Carrier.Http1, Deflate.None)]
    [InlineData(Carrier.Http2, Deflate.None)]
    [InlineData(Carrier.Http1, Deflate.Takeover)]
    [InlineData(Carrier.Http2, Deflate.Takeover)]
    public Task MessagesOf16Megabytes_AreTheSame(Carrier carrier, Deflate deflate) => ExpectSameAsync(
        carrier, () => new EchoTraffic(Split.Random, deflate, seed: 2).AddMessages(EchoTraffic.Large).AddClose(1000));

    [Theory]
    [MemberData(nameof(Codes))]
    public Task CloseFrames_AreTheSame(Carrier carrier, int code) => ExpectSameAsync(
        carrier, () => new EchoTraffic(Split.Frames, Deflate.None, seed: code).AddClose(code, code == 1005 ? "" : "why: é"));

    private async Task ExpectSameAsync(Carrier carrier, Func<EchoTraffic> make)
    {
        var direct = await ExchangeAsync(make, Carrier.Http1, _backend.Address);
        var through = await ExchangeAsync(make, carrier, _gateway.Address(carrier));

        Assert.True(direct.AtBackend.SequenceEqual(through.AtBackend), $"The backend got other bytes: {Difference(direct.AtBackend, through.AtBackend)}");
        Assert.True(direct.AtClient.SequenceEqual(through.AtClient), $"The client got other bytes: {Difference(direct.AtClient, through.AtClient)}");
        await _gateway.ExpectNothingLeftAsync(_backend);
    }

    private async Task<(byte[] AtBackend, byte[] AtClient)> ExchangeAsync(Func<EchoTraffic> make, Carrier carrier, Uri address)
    {
        using var traffic = make();
        await using var client = await WireClient.ConnectAsync(carrier, address, extensions: traffic.Extensions);
        var reading = client.ReadToEndAsync();
        foreach (var write in traffic.Writes())
        {
            await client.SendAsync(write);
        }

        await reading;
        return (_backend.Connections.Last().Received.ToArray(), client.Received.ToArray());
    }

    private static string Difference(byte[] direct, byte[] through) =>
        $"{direct.Length} bytes without the gateway, {through.Length} with it, the same up to byte {direct.AsSpan().CommonPrefixLength(through)}.";

    public sealed class Wire() : WireFixture(RawBackend.EchoAsync);
}
