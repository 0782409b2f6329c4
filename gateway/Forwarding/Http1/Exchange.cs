using System.Runtime.CompilerServices;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>One request to a destination and its answer.</summary>
/// <param name="kept">Has a connection, or makes one.</param>
/// <param name="destination">Is asked.</param>
/// <param name="firstByteTimeout">How long an answer may take to begin; null where that is bounded by <paramref name="timeout"/> alone.</param>
/// <param name="timeout">How long nothing may go on.</param>
/// <param name="aborted">Ends it: the client has gone, or has waited long enough.</param>
internal readonly struct Exchange(KeptConnections kept, PlainDestination destination, TimeSpan? firstByteTimeout, TimeSpan timeout, CancellationToken aborted)
{
    /// <summary>How long nothing may go on; for ever where there is no limit.</summary>
    public TimeSpan Timeout => timeout > TimeSpan.Zero ? timeout : System.Threading.Timeout.InfiniteTimeSpan;

    public CancellationToken Aborted => aborted;

    public bool IsCancelled => aborted.IsCancellationRequested;

    private bool IsFirstByteSooner => firstByteTimeout is { } first && (timeout <= TimeSpan.Zero || first <= timeout);

    private TimeSpan ShorterTimeout => IsFirstByteSooner ? firstByteTimeout!.Value : Timeout;

    /// <summary>Sends the request and reads the head of its answer.</summary>
    /// <exception cref="HttpRequestException">The destination was not reached, or its answer is none.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or took too long.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<DestinationConnection> SendAsync(OutgoingRequest request)
    {
        var connection = kept.Take(destination, asksSystem: !request.MayBeAskedTwice, out var shelf);
        while (true)
        {
            connection ??= await ConnectAsync(shelf);
            try
            {
                connection.Begin(request.IsHead);
                connection.BeginWait(ShorterTimeout);
                await connection.SendAsync(request.Bytes, aborted);
                do
                {
                    await connection.WaitAsync(aborted);
                    var count = await connection.ReceiveAsync(wanted: 0, aborted);
                    connection.Received(count);
                    if (count == 0)
                    {
                        throw new HttpIOException(HttpRequestError.ResponseEnded, "The destination closed the connection before its answer.");
                    }
                }
                while (!connection.TryReadHead());
                connection.EndWait();
                return connection;
            }
            catch (Exception exception)
            {
                connection.GiveUp();
                switch (exception)
                {
                    case IOException or ObjectDisposedException when connection.IsLate:
                        throw Late(exception);
                    case IOException or ObjectDisposedException when connection is { WasKept: true, HasAnswerBegun: false } && request.MayBeAskedTwice && !aborted.IsCancellationRequested:
                        connection = null;
                        continue;
                    case HttpIOException { HttpRequestError: var error }:
                        throw new HttpRequestException(error, exception.Message, exception);
                    case IOException or ObjectDisposedException:
                        throw new HttpRequestException("The connection to the destination has failed.", exception);
                }

                throw;
            }
        }
    }

    /// <summary>Reads what comes next of the body.</summary>
    /// <exception cref="HttpIOException">The destination has ended the connection before it.</exception>
    /// <exception cref="IOException">The connection has failed.</exception>
    /// <exception cref="ObjectDisposedException">The destination was silent for too long.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ReadMoreAsync(DestinationConnection connection)
    {
        connection.BeginWait(timeout);
        await connection.WaitAsync(aborted);
        var count = await connection.ReceiveAsync(connection.Body.Wanted, aborted);
        connection.EndWait();
        connection.Received(count);
        if (count == 0)
        {
            connection.Body.EndWithConnection();
        }
    }

    private async Task<DestinationConnection> ConnectAsync(ConnectionShelf shelf)
    {
        using var timed = new CancellationTokenSource(ShorterTimeout, kept.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, timed.Token);
        try
        {
            return await kept.ConnectAsync(destination, shelf, either.Token);
        }
        catch (OperationCanceledException exception) when (timed.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            throw Late(exception);
        }
    }

    /// <summary>The activity's timeout has no reason inside: nobody is to take it for a connection that could not be made.</summary>
    private TaskCanceledException Late(Exception exception) =>
        IsFirstByteSooner ? new TaskCanceledException(exception.Message, new FirstByteTimeoutException(ShorterTimeout), CancellationToken.None) : new TaskCanceledException(exception.Message);
}
