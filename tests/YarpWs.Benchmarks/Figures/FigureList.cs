using YarpWs.Benchmarks.Measuring;

namespace YarpWs.Benchmarks.Figures;

internal static class FigureList
{
    /// <summary>The name that stands for all of them.</summary>
    public const string Every = "all";

    /// <summary>Every figure, in the order in which a run takes them.</summary>
    public static IReadOnlyList<Figure> All { get; } = [.. EchoFigures.All, IdleMemoryFigure.Instance, IdleMemoryFigure.Tls, HandshakeFigure.Instance, HandshakeFigure.Tls, HandshakeFigure.TlsResumed, HandshakeFigure.Checked, HttpFigure.Instance, HttpFigure.Post, HttpFigure.Tls, HttpFigure.Http2, .. BodyFigures.All, StartFigure.Instance, .. FileFigures.All, .. RouteStepFigures.All, QuietSocketsFigure.Instance, LatencyFigure.Instance, .. GroupFigures.All, PublishLatencyFigure.Instance, MemberMemoryFigure.Instance, .. GrowthFigures.All, GroupMemoryFigure.Instance, RouteFileFigure.Instance, ScannerFigure.Instance, .. BystanderFigures.All, BystanderGroupFigure.Instance, SharedConnectionFigure.Instance, RollingRestartFigure.Instance];

    /// <summary>Those of these names; of all in a smoke run without those that are like another.</summary>
    public static IReadOnlyList<Figure> Named(IReadOnlyList<string> names, bool isSmoke) =>
        [.. All.Where(figure => names.Contains(figure.Name) || (names.Contains(Every) && !(isSmoke && figure.IsLikeAnother)))];
}
