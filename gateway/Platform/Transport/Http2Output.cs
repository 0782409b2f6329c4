using System.IO.Pipelines;

namespace YarpWs.Platform.Transport;

/// <summary>
/// What an HTTP/2 connection sends, on its way from the server. The server writes what each stream has by itself; what it writes while something is being sent goes out
/// together, in one record of TLS and one system call. For the server's one writer.
/// </summary>
internal sealed class Http2Output
{
    /// <summary>How much may wait, before the server does; as much as in Kestrel's own transport.</summary>
    private const int MostBytes = 64 * 1024;

    /// <summary>What a record of TLS may carry.</summary>
    private const int SegmentBytes = 16 * 1024;

    /// <summary>How long a client may take over the last <see cref="MostBytes"/>.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(30);

    private static readonly PipeOptions Gathering = new(pauseWriterThreshold: MostBytes, resumeWriterThreshold: MostBytes / 2, minimumSegmentSize: SegmentBytes, useSynchronizationContext: false);

    private readonly Pipe _gathered = new(Gathering);
    private readonly PipeWriter _client;
    private readonly Task _sending;

    /// <param name="client">Takes it. Not completed here.</param>
    public Http2Output(PipeWriter client)
    {
        _client = client;
        _sending = SendAsync();
    }

    /// <summary>For the server.</summary>
    public PipeWriter Writer => _gathered.Writer;

    /// <summary>Ends when all that was written has been sent, or the client takes nothing more. The server writes nothing any more.</summary>
    /// <exception cref="TimeoutException">It takes too long: the connection is to be cut.</exception>
    public async Task EndAsync(TimeProvider time)
    {
        await _gathered.Writer.CompleteAsync();
        await _sending.WaitAsync(Farewell, time);
    }

    private async Task SendAsync()
    {
        Exception? failure = null;
        try
        {
            ReadResult read;
            do
            {
                read = await _gathered.Reader.ReadAsync();
                foreach (var segment in read.Buffer)
                {
                    await _client.WriteAsync(segment);
                }

                _gathered.Reader.AdvanceTo(read.Buffer.End);
            }
            while (!read.IsCompleted);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // Nobody takes it any more, which the server finds with what it writes next.
        }
        catch (Exception exception)
        {
            // Whatever it is that TLS has thrown: the server tells of it.
            failure = exception;
        }

        await _gathered.Reader.CompleteAsync(failure);
    }
}
