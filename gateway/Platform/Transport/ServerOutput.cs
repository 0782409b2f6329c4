using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace YarpWs.Platform.Transport;

/// <summary>
/// What a server writes to its client. A write that fails ends like any other, as it does with Kestrel's own transport, which calls the rest
/// an error of the server's: that the client has gone is told by the reads and by <see cref="LoopConnection.ConnectionClosed"/>. Disposing it does nothing: what it writes to
/// is closed by its owner.
/// </summary>
internal sealed class ServerOutput(Stream client) : AsyncStream
{
    private Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? _change;

    public override bool CanRead => false;

    /// <summary>
    /// The one of an HTTP/1.1 connection, from the features of a request; null on Kestrel's own transport, unless its listener is watched. Without a
    /// <see cref="TlsConnection"/> it stands below TLS.
    /// </summary>
    public static ServerOutput? Of(IFeatureCollection request) =>
        request.Get<ServerOutput>() ?? request.Get<TlsConnection>()?.ServerOutput ?? request.Get<LoopConnection>()?.ServerOutput;

    /// <summary>Gives the connections of a listener one that are served by Kestrel's own transport. Each write is copied once more.</summary>
    public static void Watch(ListenOptions listener) => listener.Use(next => async connection =>
    {
        var below = connection.Transport;
        var output = new ServerOutput(below.Output.AsStream());
        var writer = PipeWriter.Create(output);
        connection.Features.Set(output);
        connection.Transport = new Pipes(below.Input, writer);
        try
        {
            await next(connection);
        }
        finally
        {
            await writer.CompleteAsync();
            connection.Transport = below;
        }
    });

    /// <summary>
    /// Has the next write, alone, be what this makes of it. Only the server may call it, between two writes. What waits to be written comes first, and below TLS a write is a
    /// record: what the function does not know it gives back as it is.
    /// </summary>
    public void ChangeNext(Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> change) => _change = change;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_change is { } change)
        {
            _change = null;
            buffer = change(buffer);
        }

        var write = client.WriteAsync(buffer, cancellationToken);
        return write.IsCompletedSuccessfully ? write : FinishAsync(write);
    }

    private static async ValueTask FinishAsync(ValueTask write)
    {
        try
        {
            await write;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // Nobody takes it any more.
        }
    }

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
