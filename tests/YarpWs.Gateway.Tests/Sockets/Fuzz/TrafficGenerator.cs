using FsCheck;
using FsCheck.Fluent;
using YarpWs.Gateway.Sockets.Frames;

namespace YarpWs.Gateway.Tests.Sockets.Fuzz;

/// <summary>Makes traffic by chance, and makes smaller what has failed.</summary>
internal static class TrafficGenerator
{
    private static readonly Gen<int> Length = Gen.Frequency(
        (4, Gen.Choose(0, 20)), (3, Gen.Elements(0, 1, 124, 125, 126, 127, 512)), (2, Gen.Choose(0, 5_000)), (1, Gen.Elements(65_535, 65_536, 70_000)));

    private static readonly Gen<Piece> Good =
        from kind in Gen.Frequency(
            (8, Gen.Constant(Sent.Message)), (2, Gen.Constant(Sent.Ping)), (2, Gen.Constant(Sent.Pong)), (1, Gen.Constant(Sent.Answer)))
        from piece in Of(kind, Gen.Choose(1, 4))
        select piece;

    private static readonly Gen<Piece> Last = Gen.Frequency(
        (2, Of(Sent.Close, Gen.Constant(1))), (2, Of(Sent.Fault, Gen.Constant(1))), (1, Of(Sent.Garbage, Gen.Constant(1))), (3, Of(Sent.Message, Gen.Choose(1, 4))));

    private static readonly Gen<Act> Acts =
        from read in Gen.Choose(0, 30)
        from what in Gen.Elements(Own.Ping, Own.Ping, Own.Notice, Own.Close, Own.UrgentClose)
        from blocked in Gen.Elements(true, false)
        select new Act(read, what, blocked);

    private static readonly Gen<int> Read = Gen.Frequency((3, Gen.Choose(1, 9)), (3, Gen.Choose(1, 300)), (2, Gen.Choose(1, 5_000)), (1, Gen.Constant(100_000)));

    /// <summary>Frames that may be sent, and mostly at the end one that ends the lane; with anything of the gateway's own in between.</summary>
    public static Arbitrary<Traffic> Frames { get; } = From(
        from good in ArrayOf(Good, 8)
        from last in Last
        select (Piece[])[.. good, last]);

    /// <summary>Bytes that make sense only by chance.</summary>
    public static Arbitrary<Traffic> Garbage { get; } = From(ArrayOf(Gen.OneOf(Of(Sent.Garbage, Gen.Constant(1)), Good), 5));

    private static Arbitrary<Traffic> From(Gen<Piece[]> pieces)
    {
        var traffic =
            from sent in pieces
            from fromClient in Gen.Elements(true, false)
            from extensions in Gen.Elements(WebSocketExtensions.None, WebSocketExtensions.Deflate)
            from wholeFrames in Gen.Elements(0, 64, 4096, 65_536)
            from reads in ArrayOf(Read, 6)
            from acts in ArrayOf(Acts, 5)
            from missing in Gen.Frequency((2, Gen.Constant(0)), (1, Gen.Choose(0, 200)))
            select new Traffic
            {
                FromClient = fromClient,
                Extensions = extensions,
                WholeFrames = wholeFrames,
                Pieces = sent,
                Reads = reads,
                Acts = acts,
                Missing = missing,
            };
        return Arb.From(traffic, sent => Smaller(sent));
    }

    private static Gen<Piece> Of(Sent kind, Gen<int> frames) =>
        from count in frames
        from lengths in Length.ArrayOf(count)
        from flavour in Gen.Choose(0, 10_000)
        select new Piece(kind, lengths, flavour);

    private static Gen<T[]> ArrayOf<T>(Gen<T> item, int most) =>
        from count in Gen.Choose(0, most)
        from items in item.ArrayOf(count)
        select items;

    private static IEnumerable<Traffic> Smaller(Traffic traffic)
    {
        IEnumerable<Traffic> fewer =
        [
            .. Without(traffic.Pieces).Select(pieces => traffic with { Pieces = pieces }),
            .. Without(traffic.Acts).Select(acts => traffic with { Acts = acts }),
            .. Without(traffic.Reads).Select(reads => traffic with { Reads = reads }),
        ];
        var simpler = traffic.Pieces.SelectMany((piece, index) => Smaller(piece).Select(smaller => traffic with { Pieces = [.. traffic.Pieces[..index], smaller, .. traffic.Pieces[(index + 1)..]] }));
        var nothingMissing = traffic.Missing > 0 ? [traffic with { Missing = 0 }, traffic with { Missing = traffic.Missing / 2 }] : Array.Empty<Traffic>();
        return fewer.Concat(simpler).Concat(nothingMissing);
    }

    private static IEnumerable<Piece> Smaller(Piece piece)
    {
        var fewer = piece.Lengths.Length > 1 ? Without(piece.Lengths).Select(lengths => piece with { Lengths = lengths }) : [];
        var shorter = piece.Lengths.SelectMany((length, index) => length > 0 ? [piece with { Lengths = [.. piece.Lengths[..index], length / 2, .. piece.Lengths[(index + 1)..]] }] : Array.Empty<Piece>());
        return fewer.Concat(shorter);
    }

    private static IEnumerable<T[]> Without<T>(T[] items) => Enumerable.Range(0, items.Length).Select(index => (T[])[.. items[..index], .. items[(index + 1)..]]);
}
