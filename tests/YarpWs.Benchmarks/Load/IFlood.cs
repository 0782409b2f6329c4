namespace YarpWs.Benchmarks.Load;

/// <summary>A client who wants all of a server's time, until it is disposed.</summary>
internal interface IFlood : IDisposable
{
    /// <summary>What the server has done for it until now: bytes, handshakes or answers.</summary>
    long Served { get; }
}
