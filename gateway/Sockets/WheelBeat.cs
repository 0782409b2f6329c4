using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Sockets;

/// <summary>
/// Turns the wheel of the sockets' deadlines each time this process has measured how late it is: on a quiet machine the waking of threads costs more than what they do, and a second
/// timer of the same pace would wake them once more. While the process is behind in reading what sockets send, it holds the wheel's clock before: an answer that has come in time and waits
/// in a buffer would be taken for a missing one.
/// </summary>
internal sealed class WheelBeat(ProcessDelay delay, DeadlineWheel wheel) : IHostedService
{
    /// <summary>Every deadline of a socket is longer; what is shorter than this is part of the time that a deadline allows.</summary>
    public static readonly TimeSpan LongDelay = TimeSpan.FromMilliseconds(400);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        delay.Measured += OnMeasured;
        return Task.CompletedTask;
    }

    /// <summary>From here on the host bounds what is left by its own deadline.</summary>
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

        wheel.Turn();
    }
}
