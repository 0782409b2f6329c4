using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace YarpWs.Platform.Transport;

/// <summary>
/// The WebSockets on one HTTP/2 connection (RFC 8441). When a stream is reset, or the connection ends, the server drops what it has received for a stream and the
/// application has not read yet. So <see cref="Http2Input"/> shows it such an end only when the WebSockets concerned have been read up to it. A feature of the
/// connection, for any thread.
/// </summary>
/// <param name="time">Bounds how long an end is held back.</param>
internal sealed class Http2Sockets(TimeProvider time)
{
    /// <summary>
    /// How long an end is held back at most: for as long nobody may have room for what the client sent last. A stream that is held open counts among those of its client.
    /// </summary>
    public static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<int, Http2SocketStream> _streams = new();

    /// <summary>Has a listener's HTTP/2 connections keep their ends in order. To be called before TLS is added, and again behind it.</summary>
    public static void Watch(ListenOptions listener, TimeProvider time, bool isBehindTls) => listener.Use(next => connection =>
    {
        var speaks = isBehindTls
            ? connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual(SslApplicationProtocol.Http2.Protocol.Span) == true
            : listener.Protocols == HttpProtocols.Http2;
        return speaks ? ServeAsync(connection, next, time) : next(connection);
    });

    /// <summary>Accepts an extended CONNECT; what the client sends on its stream is read from the one returned, which belongs to the caller.</summary>
    public static async ValueTask<Stream> AcceptAsync(IFeatureCollection features, IHttpExtendedConnectFeature connect)
    {
        features.Get<LoopConnection>()?.KeepEndInOrder();
        if (features.Get<Http2Sockets>() is not { } sockets || features.Get<IHttp2StreamIdFeature>() is not { } stream)
        {
            return await connect.AcceptAsync();
        }

        var accepted = sockets.Open(stream.StreamId);
        accepted.Attach(await connect.AcceptAsync());
        return accepted;
    }

    /// <summary>Before the client hears that its WebSocket is accepted, so that every byte it sends is counted.</summary>
    public Http2SocketStream Open(int streamId) => _streams[streamId] = new Http2SocketStream(() => _streams.TryRemove(streamId, out _));

    public Http2SocketStream? Find(int streamId) => _streams.GetValueOrDefault(streamId);

    /// <summary>Comes when all that was received for a stream has been read, or after <see cref="LongestHold"/>.</summary>
    public Task WhenReadAsync(Http2SocketStream stream) => WithinAsync(stream.WhenReadAsync());

    /// <summary>The same for all streams.</summary>
    public Task WhenReadAsync() => _streams.IsEmpty ? Task.CompletedTask : WithinAsync(Task.WhenAll(_streams.Values.Select(stream => stream.WhenReadAsync())));

    private static async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next, TimeProvider time)
    {
        var sockets = new Http2Sockets(time);
        connection.Features.Set(sockets);
        Action? waiting = connection.Features.Get<TlsBuffers>() is { } buffers ? buffers.GiveBackBehindRead : null;
        var below = connection.Transport;
        var output = new Http2Output(below.Output);
        connection.Transport = new Duplex(new Http2Input(below.Input, sockets, waiting), output.Writer);
        try
        {
            await next(connection);
        }
        finally
        {
            try
            {
                await output.EndAsync(time);
            }
            catch (TimeoutException)
            {
                connection.Abort();
            }
        }
    }

    private async Task WithinAsync(Task read) => await read.WaitAsync(LongestHold, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
