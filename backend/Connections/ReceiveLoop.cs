using System.Net.WebSockets;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Telemetry;

namespace YarpWs.Backend.Connections;

/// <summary>
/// Reads what one client sends and has it handled, one message after the other, up to the client's end: that is handled in its turn, behind all messages before it.
/// <see cref="Connection"/> runs it once. What it tells of itself may be a moment old.
/// </summary>
internal sealed class ReceiveLoop(
    Connection connection,
    MessageReader reader,
    Func<ClientMessage, CancellationToken, Task<CloseCode?>> handle,
    ConnectionOptions options,
    BackendMetrics metrics,
    TimeProvider time,
    ILogger<Connection> logger)
{
    private static readonly Task<CloseCode?> NotHandled = Task.FromResult<CloseCode?>(null);

    private Task<bool>? _reading;
    private volatile bool _isHandling;
    private long _count;

    /// <summary>Whether it waits for the client, and not for a message to be handled.</summary>
    public bool IsReading => Volatile.Read(ref _reading) is { IsCompleted: false };

    /// <summary>Whether a message is being handled, or the next one was read meanwhile.</summary>
    public bool IsHandling => _isHandling;

    /// <summary>Messages that were read, whatever became of them.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Messages that were not handled to their end, because this side closed or the client had left too long ago.</summary>
    public int Dropped { get; private set; }

    /// <inheritdoc cref="MessageReader.UnderWay"/>
    public int UnderWay => reader.UnderWay;

    /// <summary>Ends when nothing more comes, and has closed the connection then.</summary>
    /// <param name="handling">Ends the handling of messages; those that still come are dropped.</param>
    /// <param name="cut">Ends reading.</param>
    public async Task RunAsync(CancellationToken handling, CancellationToken cut)
    {
        var rate = new MessageRate(options.MessagesPerSecond, options.MessageBurst, time);
        try
        {
            _reading = reader.ReadAsync(cut).AsTask();
            while (await _reading)
            {
                Volatile.Write(ref _count, _count + 1);

                // Once this side closed, what still comes is read only to find the client's answer behind it.
                _isHandling = true;
                var handled = connection.IsClosing || handling.IsCancellationRequested ? DropAsync() : HandleAsync(rate, handling);
                reader.Release();

                // Reads one message ahead: pings are answered by whoever reads, also while this message waits for Redis.
                _reading = reader.ReadAsync(cut).AsTask();
                if (await handled is { } code)
                {
                    Dropped++;
                    connection.Close(code);
                }

                _isHandling = _reading.IsCompleted;
            }

            connection.Close(CloseCode.ClosedByClient);
        }
        catch (WebSocketException exception)
        {
            // The platform has seen a fault of the client's and answered it with 1002 or 1007, or has seen the connection end.
            connection.Close(exception.WebSocketErrorCode is WebSocketError.Faulted ? CloseCode.ProtocolError : CloseCode.Broken);
        }
        catch (OperationCanceledException)
        {
            connection.Close(CloseCode.Broken);
        }
        catch (Exception exception)
        {
            logger.ConnectionFailed(exception, connection.Id);
            connection.Close(CloseCode.InternalError);
        }
        finally
        {
            reader.Release();
        }
    }

    /// <summary>A message that is not handled.</summary>
    private Task<CloseCode?> DropAsync()
    {
        Dropped++;
        return NotHandled;
    }

    private async Task<CloseCode?> HandleAsync(MessageRate rate, CancellationToken handling)
    {
        metrics.MessageReceived();
        try
        {
            if (reader.IsTooBig)
            {
                return CloseCode.MessageTooBig;
            }

            if (!rate.TryTake())
            {
                return CloseCode.RateExceeded;
            }

            return connection.Protocol.Parse(reader.Message, reader.Type) is { } message ? await handle(message, handling) : CloseCode.InvalidMessage;
        }
        catch (OperationCanceledException) when (handling.IsCancellationRequested)
        {
            // This side closed while the message waited for Redis, and that code counts; or the client had left too long ago.
            return await DropAsync();
        }
        catch (Exception exception)
        {
            logger.ConnectionFailed(exception, connection.Id);
            return CloseCode.InternalError;
        }
    }
}
