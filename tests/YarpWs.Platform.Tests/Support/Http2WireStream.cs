using System.Threading.Channels;

namespace YarpWs.Tests.Support;

/// <summary>A stream of an <see cref="Http2Wire"/>.</summary>
internal sealed class Http2WireStream(Http2Wire wire, int id, int window)
{
    private readonly TaskCompletionSource<int> _status = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<byte[]> _received = Channel.CreateUnbounded<byte[]>();
    private ReadOnlyMemory<byte> _left;

    public int Id => id;

    /// <summary>Of the answer.</summary>
    public Task<int> Status => _status.Task;

    /// <summary>Comes with the end of what the server sends: the code of a reset, else null.</summary>
    public Task<int?> Ended => _ended.Task;

    /// <summary>What may be sent on it and on its connection now.</summary>
    public long CanSend => wire.WindowOf(this);

    /// <summary>What the server still lets it send. Belongs to its connection.</summary>
    internal long Window { get; set; } = window;

    public Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => wire.SendDataAsync(this, bytes, cancellationToken);

    /// <summary>Sends as long as the window of the stream is open, which is to be opened no more. Returns how much that was.</summary>
    public async Task<long> FillAsync(ReadOnlyMemory<byte> head, CancellationToken cancellationToken)
    {
        await SendAsync(head, cancellationToken);
        var sent = (long)head.Length;
        while (CanSend is > 0 and var count)
        {
            await SendAsync(new byte[(int)Math.Min(count, Http2Wire.MaxFrame)], cancellationToken);
            sent += Math.Min(count, Http2Wire.MaxFrame);
        }

        return sent;
    }

    /// <summary>Ends what is sent on it.</summary>
    public Task EndAsync() => wire.SendAsync(Http2Wire.Data, Http2Wire.EndStream, Id, ReadOnlyMemory<byte>.Empty);

    public Task ResetAsync(int code) => wire.SendAsync(Http2Wire.RstStream, Id, code);

    /// <summary>Reads so many bytes.</summary>
    public async Task<byte[]> ReadAsync(int count, CancellationToken cancellationToken)
    {
        var read = new byte[count];
        for (var at = 0; at < count;)
        {
            if (_left.IsEmpty)
            {
                _left = await _received.Reader.ReadAsync(cancellationToken);
            }

            var taken = Math.Min(_left.Length, count - at);
            _left[..taken].CopyTo(read.AsMemory(at));
            (_left, at) = (_left[taken..], at + taken);
        }

        return read;
    }

    internal void Answered(int status) => _status.TrySetResult(status);

    internal void Receive(byte[] bytes)
    {
        if (bytes.Length > 0)
        {
            _received.Writer.TryWrite(bytes);
        }
    }

    internal void End(int? reset)
    {
        _status.TrySetException(new IOException($"The stream ended without an answer, code {reset}."));
        _ = _status.Task.Exception;
        _ended.TrySetResult(reset);
        _received.Writer.TryComplete();
    }
}
