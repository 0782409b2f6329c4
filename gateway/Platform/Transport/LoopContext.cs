using System.Diagnostics;

namespace YarpWs.Platform.Transport;

/// <summary>Has what waits under it go on in its loop, behind what has begun there, whichever thread ends the wait.</summary>
internal sealed class LoopContext(EventLoop loop) : SynchronizationContext
{
    private bool IsHere => EventLoop.Current is null || ReferenceEquals(EventLoop.Current, loop);

    public override void Post(SendOrPostCallback d, object? state) => loop.Post(new Posted(this, d, state));

    /// <exception cref="NotSupportedException">A loop must not be waited for.</exception>
    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;

    private sealed class Posted(LoopContext context, SendOrPostCallback callback, object? state) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            Debug.Assert(context.IsHere, "What was posted to a loop runs on that loop, or in the pool after its end.");
            var before = Current;
            SetSynchronizationContext(context);
            try
            {
                callback(state);
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }
    }
}
