using System.Buffers;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// Sends handshakes, each over a connection of its own: that of <see cref="HttpClient"/> would be made with all that it takes to be used again,
/// and its socket taken from under it. Any other request goes to that client, and any answer but an acceptance is read by it
/// (<see cref="AnsweredConnection"/>), so that it alone judges what is wrong with an answer, and how a body is framed.
/// </summary>
/// <remarks>
/// It fails as that client does, with <see cref="HttpRequestException"/>, or <see cref="TaskCanceledException"/> when the connection took too
/// long. A destination that closes the connection without an answer is not asked again: here none was kept open too long.
/// </remarks>
/// <param name="client">The platform's, whose settings for headers hold for the answers here as well.</param>
/// <param name="loops">Watch the connections.</param>
/// <param name="descriptors">Say whether one more may be opened.</param>
/// <param name="connector">Makes the connections.</param>
/// <param name="version">With which header of the PROXY protocol they begin.</param>
/// <param name="plain">Takes what is no handshake; null for that client.</param>
internal sealed class HandshakeHandler(
    SocketsHttpHandler client, EventLoops loops, Descriptors descriptors, DestinationConnector connector, ProxyProtocolVersion version, HttpMessageHandler? plain = null)
    : DelegatingHandler(plain ?? client)
{
    /// <summary>The longest answer that is looked at here; an acceptance has some 200.</summary>
    private const int MaxAnswerBytes = 4096;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        RequestHead.Write(request) is { } head
            ? OpenAsync(request, head, cancellationToken)
            : base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, byte[] head, CancellationToken cancellation)
    {
        var socket = await connector.ConnectAsync(request.RequestUri!, loops.Here(), descriptors, cancellation);
        try
        {
            if (version != ProxyProtocolVersion.None)
            {
                await socket.SendAsync(ProxyHeaderOption.Of(request, version), cancellation);
            }

            await socket.SendAsync(head, cancellation);
            var (accepted, ahead) = await ReceiveAsync(socket, cancellation);
            var connection = new LoopStream(socket, ahead);
            if (accepted is null)
            {
                return await AnsweredConnection.ReadAsync(request, connection, client, cancellation);
            }

            accepted.RequestMessage = request;
            accepted.Content = new AcceptedContent(connection);
            return accepted;
        }
        catch (Exception exception)
        {
            socket.Dispose();
            if (exception is IOException or ObjectDisposedException)
            {
                var error = exception is HttpIOException { HttpRequestError: var known } ? known : HttpRequestError.Unknown;
                throw new HttpRequestException(error, "An error occurred while the handshake was sent.", exception);
            }

            throw;
        }
    }

    /// <summary>Reads as far as it takes to know whether the destination accepts. What has been read besides comes with the answer, or alone.</summary>
    private static async Task<(HttpResponseMessage? Accepted, byte[] Ahead)> ReceiveAsync(LoopSocket socket, CancellationToken cancellation)
    {
        // A destination may take its time, and a buffer is for an answer that is there.
        await socket.ReceiveAsync(Memory<byte>.Empty, cancellation);
        var buffer = ArrayPool<byte>.Shared.Rent(MaxAnswerBytes);
        try
        {
            var count = 0;
            while (count < buffer.Length && await socket.ReceiveAsync(buffer.AsMemory(count), cancellation) is > 0 and var read)
            {
                count += read;
                if (Acceptance.Read(buffer.AsSpan(0, count), out var length) is { } accepted)
                {
                    return (accepted, buffer[length..count]);
                }

                if (!Acceptance.MayBecome(buffer.AsSpan(0, count)))
                {
                    break;
                }
            }

            return count > 0 ? (null, buffer[..count]) : throw new HttpIOException(HttpRequestError.ResponseEnded, "The destination closed the connection without an answer.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
