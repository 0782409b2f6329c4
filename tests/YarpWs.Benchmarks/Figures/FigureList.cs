using YarpWs.Benchmarks.Measuring;

namespace YarpWs.Benchmarks.Figures;

internal static class FigureList
{
    /// <summary>The name that stands for all of them.</summary>
    public const string Every = "all";

    /// <summary>Every figure, in the order in which a run takes them.</summary>
    public static IReadOnlyList<Figure> All { get; } = [.. EchoFigures.All, IdleMemoryFigure.Instance, HandshakeFigure.Instance, HandshakeFigure.Checked, HttpFigure.Instance, .. FileFigures.All, LatencyFigure.Instance, .. GroupFigures.All, PublishLatencyFigure.Instance, MemberMemoryFigure.Instance, .. GrowthFigures.All, GroupMemoryFigure.Instance, RouteFileFigure.Instance, ScannerFigure.Instance, .. BystanderFigures.All, BystanderGroupFigure.Instance, SharedConnectionFigure.Instance, RollingRestartFigure.Instance];

    /// <summary>Those of these names.</summary>
    public static IReadOnlyList<Figure> Named(IReadOnlyList<string> names) => [.. All.Where(figure => names.Contains(Every) || names.Contains(figure.Name))];
}
