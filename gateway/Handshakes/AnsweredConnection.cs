using System.Net;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// A connection on which a request was sent and its answer has begun, for the platform's client to read that answer. What that client writes
/// is the same request once more, and goes nowhere.
/// </summary>
internal sealed class AnsweredConnection : AsyncStream
{
    private readonly LoopStream _connection;

    private AnsweredConnection(LoopStream connection) => _connection = connection;

    /// <summary>Reads the answer to a request. The connection is used for no other, and closed with its answer, or here when there is none.</summary>
    /// <param name="request">What was sent.</param>
    /// <param name="connection">Something of the answer has been read from it, and comes first.</param>
    /// <param name="platform">Knows how headers are read, and how much of them.</param>
    /// <param name="cancellation">Ends the wait for the head.</param>
    public static async Task<HttpResponseMessage> ReadAsync(HttpRequestMessage request, LoopStream connection, SocketsHttpHandler platform, CancellationToken cancellation)
    {
        var answered = new AnsweredConnection(connection);
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            // A client for one request: of others that share one, any may get the connection.
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(answered),
            PooledConnectionLifetime = TimeSpan.Zero,
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            RequestHeaderEncodingSelector = platform.RequestHeaderEncodingSelector,
            ResponseHeaderEncodingSelector = platform.ResponseHeaderEncodingSelector,
            MaxResponseHeadersLength = platform.MaxResponseHeadersLength,
        });
        try
        {
            return await client.SendAsync(request, cancellation);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _connection.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    protected override void Dispose(bool disposing)
    {
        _connection.Dispose();
        base.Dispose(disposing);
    }
}
