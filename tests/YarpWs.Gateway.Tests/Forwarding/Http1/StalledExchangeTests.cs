using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Tests.Forwarding.Http1;

/// <summary>Exchanges in which one end stops, or fails, behind the head of the answer.</summary>
public sealed class StalledExchangeTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly AnsweringDestination _destination;

    public StalledExchangeTests() => _destination = new AnsweringDestination(_time);

    public void Dispose() => _destination.Dispose();

    [Fact]
    public async Task Destination_ThatIsSilentWithinItsAnswer_IsGivenUp_AfterTheActivityTimeout()
    {
        using var client = new Taking();
        var sent = _destination.AskAsync("GET", context => context.Response.Body = client);
        using var connection = await AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
        await client.IsWritten.WaitAsync(Deadline.Token());

        // Each step is shorter than the timeout, and none ends it before the wait has begun.
        while (!sent.IsCompleted)
        {
            _time.Advance((AnsweringDestination.ActivityTimeout / 2) + TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal("ResponseBodyDestination, 502.", (await sent).Text);
        Assert.Equal(0, await connection.ReceiveAsync(new byte[1], Deadline.Token()));
    }

    [Fact]
    public async Task Client_ThatTakesNothing_IsGivenUp_AfterTheActivityTimeout()
    {
        using var stuck = new Stuck();
        var sent = _destination.AskAsync("GET", context =>
        {
            context.Response.Body = stuck;
            context.Features.Set<IHttpRequestLifetimeFeature>(stuck);
        });
        using var connection = await AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        await stuck.IsWritten.WaitAsync(Deadline.Token());

        while (!sent.IsCompleted)
        {
            _time.Advance(AnsweringDestination.ActivityTimeout);
            await Task.Yield();
        }

        Assert.Equal("ResponseBodyClient, 502.", (await sent).Text);
    }

    /// <summary>The server refuses to write more than a transform's Content-Length, and compression may fail.</summary>
    [Fact]
    public async Task Connection_WhoseAnswerCannotBeWritten_IsClosed()
    {
        var sent = _destination.AskAsync("GET", context => context.Response.Body = new Refusing());
        using var connection = await AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");

        Assert.Equal("ResponseBodyClient, 502.", (await sent).Text);
        Assert.Equal(0, await connection.ReceiveAsync(new byte[1], Deadline.Token()));
    }

    private async Task<Socket> AnswerAsync(string answer)
    {
        var connection = await _destination.AcceptAsync();
        Assert.True(await AnsweringDestination.IsAskedAsync(connection));
        await connection.SendAsync(Encoding.ASCII.GetBytes(answer), Deadline.Token());
        return connection;
    }

    /// <summary>A client that takes nothing until its connection is cut.</summary>
    private sealed class Stuck : AsyncStream, IHttpRequestLifetimeFeature
    {
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _aborted = new();

        public Task IsWritten => _written.Task;

        public CancellationToken RequestAborted
        {
            get => _aborted.Token;
            set => throw new NotSupportedException();
        }

        public override bool CanRead => false;

        public void Abort() => _aborted.Cancel();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _written.SetResult();
            await Task.Delay(Timeout.Infinite, _aborted.Token);
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _aborted.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class Taking : AsyncStream
    {
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task IsWritten => _written.Task;

        public override bool CanRead => false;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _written.TrySetResult();
            return ValueTask.CompletedTask;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    private sealed class Refusing : AsyncStream
    {
        public override bool CanRead => false;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new InvalidOperationException("It is too much.");

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
