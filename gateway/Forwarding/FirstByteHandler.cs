using Microsoft.Extensions.ObjectPool;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Bounds how long a destination may take to begin its answer to a request that has no body and asks for no upgrade: those have bounds of their own.
/// It fails as a connection does that takes too long to be made, with <see cref="TaskCanceledException"/> and the reason inside.
/// </summary>
internal sealed class FirstByteHandler(HttpMessageHandler inner, TimeSpan timeout, TimeProvider time) : DelegatingHandler(inner)
{
    private readonly ObjectPool<Deadline> _deadlines = new DefaultObjectPoolProvider().Create(new DeadlinePolicy(time));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        request.Content is null && request.Headers.Protocol is null && !request.Headers.NonValidated.Contains("Upgrade")
            ? SendInTimeAsync(request, cancellationToken)
            : base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> SendInTimeAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var deadline = _deadlines.Get();
        try
        {
            using (cancellation.UnsafeRegister(static deadline => ((Deadline)deadline!).Cancel(), deadline))
            {
                deadline.CancelAfter(timeout);
                return await base.SendAsync(request, deadline.Token);
            }
        }
        catch (OperationCanceledException exception) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TaskCanceledException(exception.Message, new FirstByteTimeoutException(timeout), CancellationToken.None);
        }
        finally
        {
            _deadlines.Return(deadline);
        }
    }

    private sealed class Deadline(TimeProvider time) : CancellationTokenSource(Timeout.InfiniteTimeSpan, time);

    private sealed class DeadlinePolicy(TimeProvider time) : PooledObjectPolicy<Deadline>
    {
        public override Deadline Create() => new(time);

        public override bool Return(Deadline deadline) => deadline.TryReset();
    }
}
