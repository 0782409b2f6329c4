using System.IO.Pipelines;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class Http2OutputTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly Client _client = new();
    private readonly Http2Output _output;

    public Http2OutputTests() => _output = new Http2Output(PipeWriter.Create(_client));

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task WhatIsWritten_WhileSomethingIsBeingSent_GoesOutTogether()
    {
        await WriteAsync("first");
        var first = await _client.NextAsync();
        await WriteAsync("second ");
        await WriteAsync("third");
        first.Taken.SetResult();

        var rest = await _client.NextAsync();
        rest.Taken.SetResult();
        await EndAsync();

        Assert.Equal(("first", "second third"), (first.Text, rest.Text));
    }

    [Fact]
    public async Task End_Waits_UntilAllHasBeenSent()
    {
        await WriteAsync("last");
        var ending = _output.EndAsync(_time);
        var last = await _client.NextAsync();
        Assert.False(ending.IsCompleted);

        last.Taken.SetResult();

        await ending.WaitAsync(Deadline, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task End_OfAClientThatTakesNothing_IsGivenUp()
    {
        await WriteAsync("last");
        await _client.NextAsync();
        var ending = _output.EndAsync(_time);
        _time.Advance(TimeSpan.FromSeconds(31));

        await Assert.ThrowsAsync<TimeoutException>(() => ending.WaitAsync(Deadline, TestContext.Current.CancellationToken));
    }

    /// <summary>What one client does not take is bounded.</summary>
    [Fact]
    public async Task Server_Waits_WhereTooMuchIsToBeSent()
    {
        var written = 0;
        ValueTask<FlushResult> write;
        do
        {
            write = _output.Writer.WriteAsync(new byte[8 << 10], TestContext.Current.CancellationToken);
            written += 8 << 10;
        }
        while (write.IsCompleted);

        Assert.Equal(64 << 10, written);
        var taking = TakeAllAsync();
        await write.AsTask().WaitAsync(Deadline, TestContext.Current.CancellationToken);
        await EndAsync();
        _client.End();
        Assert.Equal(written, await taking);
    }

    [Fact]
    public async Task Server_FindsThatTheClientHasGone_WithWhatItWritesNext()
    {
        await WriteAsync("first");
        (await _client.NextAsync()).Taken.SetException(new IOException("The client has gone."));

        await Eventually.IsAsync(async _ => (await WriteAsync("second")).IsCompleted, "the server to find it", Deadline);
        await EndAsync();
    }

    [Fact]
    public async Task Server_HearsOfWhatIsNoEndOfAClient()
    {
        await WriteAsync("first");
        (await _client.NextAsync()).Taken.SetException(new NotSupportedException());

        await Assert.ThrowsAsync<NotSupportedException>(() => Eventually.IsAsync(async _ => (await WriteAsync("second")).IsCompleted, "the server to hear of it", Deadline));
        await EndAsync();
    }

    private async Task<FlushResult> WriteAsync(string text) => await _output.Writer.WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);

    private Task EndAsync() => _output.EndAsync(_time).WaitAsync(Deadline, TestContext.Current.CancellationToken);

    private async Task<int> TakeAllAsync()
    {
        var count = 0;
        await foreach (var sent in _client.AllAsync())
        {
            count += sent.Text.Length;
            sent.Taken.SetResult();
        }

        return count;
    }

    private sealed record Sent(string Text, TaskCompletionSource Taken);

    /// <summary>Takes what it is sent when the test says so.</summary>
    private sealed class Client : AsyncStream
    {
        private readonly Channel<Sent> _sent = Channel.CreateUnbounded<Sent>();

        public override bool CanRead => false;

        public async Task<Sent> NextAsync() => await _sent.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Deadline);

        public IAsyncEnumerable<Sent> AllAsync() => _sent.Reader.ReadAllAsync(TestContext.Current.CancellationToken);

        public void End() => _sent.Writer.Complete();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var sent = new Sent(Encoding.ASCII.GetString(buffer.Span), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            Assert.True(_sent.Writer.TryWrite(sent));
            return new ValueTask(sent.Taken.Task);
        }
    }
}
