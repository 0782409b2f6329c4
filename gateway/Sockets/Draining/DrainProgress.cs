namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>How far a drain has come.</summary>
/// <param name="Total">Sockets that it was given.</param>
/// <param name="Waiting">Those whose turn has not come.</param>
/// <param name="Left">Those that are not over: they wait, or have been told and have not answered yet.</param>
/// <param name="PerSecond">Its rate.</param>
internal sealed record DrainProgress(int Total, int Waiting, int Left, double PerSecond)
{
    public int Done => Total - Left;

    /// <summary>Seconds until the last one is told. What it takes to answer is bounded by Sockets:CloseTimeout.</summary>
    public double SecondsLeft => Math.Round(Waiting / PerSecond, 1);
}
