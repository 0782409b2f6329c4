using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// Holds the clock of the sockets' deadlines while this process is behind in reading what they send: an answer that has come in time and waits in
/// a buffer would be taken for a missing one.
/// </summary>
internal sealed class LateAnswers(ProcessDelay delay, DeadlineWheel wheel) : IHostedService
{
    /// <summary>Every deadline of a socket is longer; what is shorter than this is part of the time that a deadline allows.</summary>
    public static readonly TimeSpan LongDelay = TimeSpan.FromMilliseconds(400);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        delay.Measured += OnMeasured;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        delay.Measured -= OnMeasured;
        return Task.CompletedTask;
    }

    private void OnMeasured(TimeSpan measured)
    {
        if (measured >= LongDelay)
        {
            wheel.Hold();
        }
    }
}
