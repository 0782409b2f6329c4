using System.Net;

namespace YarpWs.Benchmarks.Servers;

/// <summary>A started server, or several that are one system: where clients connect, and the processes whose cost counts.</summary>
/// <param name="EndPoints">One for each entrance; clients are spread over them.</param>
/// <param name="Measured">The processes whose CPU and memory is the figure.</param>
/// <param name="Helpers">Others that it needs to run.</param>
internal sealed record Running(IReadOnlyList<IPEndPoint> EndPoints, IReadOnlyList<ServerProcess> Measured, IReadOnlyList<ServerProcess> Helpers) : IAsyncDisposable
{
    public IPEndPoint EndPoint => EndPoints[0];

    /// <summary>Where it speaks TLS, if it does: its second entrance.</summary>
    public IPEndPoint TlsEndPoint => EndPoints[1];

    /// <summary>A server with an entrance without TLS and one with it.</summary>
    public static Running On(int port, int tlsPort, ServerProcess measured) =>
        new([new IPEndPoint(IPAddress.Loopback, port), new IPEndPoint(IPAddress.Loopback, tlsPort)], [measured], []);

    public static Running On(int port, params ServerProcess[] measured) => new([new IPEndPoint(IPAddress.Loopback, port)], measured, []);

    public double CpuSeconds() => Measured.Sum(process => process.CpuSeconds());

    /// <inheritdoc cref="ServerProcess.CompilerSeconds"/>
    public double CompilerSeconds() => Measured.Sum(process => process.CompilerSeconds());

    public long ResidentBytes() => Measured.Sum(process => process.ResidentBytes());

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Measured.Concat(Helpers))
        {
            await process.DisposeAsync();
        }
    }
}
