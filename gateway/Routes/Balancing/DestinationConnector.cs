using System.Net.Sockets;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>Connects to a cluster's destinations without the platform's client, and fails as that does. Any thread may call it.</summary>
/// <param name="names">Makes the connections.</param>
/// <param name="options">How long they may take.</param>
internal sealed class DestinationConnector(DestinationNames names, DestinationConnectionOptions options)
{
    /// <param name="destination">Its scheme, and what is behind the port, do not matter.</param>
    /// <param name="loop">Watches the connection.</param>
    /// <param name="descriptors">Say whether one more may be opened; null for what must be connected whatever others take.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="HttpRequestException">It was not reached.</exception>
    /// <exception cref="TaskCanceledException">The wait was ended, or it took too long: then with the <see cref="TimeoutException"/> inside.</exception>
    public async Task<LoopSocket> ConnectAsync(Uri destination, EventLoop loop, Descriptors? descriptors, CancellationToken cancellation)
    {
        using var timed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timed.CancelAfter(options.ConnectTimeout);
        try
        {
            return await names.ConnectAsync(destination.IdnHost, destination.Port, options, loop, descriptors, timed.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw cancellation.IsCancellationRequested
                ? new TaskCanceledException(exception.Message, exception, cancellation)
                : new TaskCanceledException(exception.Message, new TimeoutException($"The destination was not reached within {options.ConnectTimeout}."), timed.Token);
        }
        catch (Exception exception)
        {
            var error = exception is SocketException { SocketErrorCode: SocketError.HostNotFound } ? HttpRequestError.NameResolutionError : HttpRequestError.ConnectionError;
            throw new HttpRequestException(error, $"{exception.Message} ({destination.IdnHost}:{destination.Port})", exception);
        }
    }
}
