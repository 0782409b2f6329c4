using YarpWs.Benchmarks.Measuring;

namespace YarpWs.Benchmarks.Figures;

internal static class FigureList
{
    /// <summary>Every figure, in the order in which a run takes them.</summary>
    public static IReadOnlyList<Figure> All { get; } = [.. EchoFigures.All, IdleMemoryFigure.Instance, HandshakeFigure.Instance, HttpFigure.Instance, LatencyFigure.Instance];

    /// <summary>Those of these names; throws for one that there is not. <c>all</c> is every figure.</summary>
    public static IReadOnlyList<Figure> Named(IReadOnlyList<string> names) => names is ["all"]
        ? All
        : [.. names.Select(name => All.FirstOrDefault(figure => figure.Name == name) ?? throw new ArgumentException($"There is no figure '{name}'; 'list' shows them."))];
}
