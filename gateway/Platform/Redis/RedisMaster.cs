using System.Net;
using StackExchange.Redis;

namespace YarpWs.Platform.Redis;

/// <summary>
/// Which server is the master, as the Sentinels say. The library asks them when a connection breaks; but a planned failover breaks none: the old master goes on
/// to take writes for some ten seconds after the Sentinels have named a new one, and all of these are lost. So each Sentinel is listened to, and asked
/// again whenever it says something, and by the clock.
/// </summary>
/// <remarks>
/// A failover is announced a fifth of a second or more before the old master is replaced. Until the new one is named, nobody is to write
/// (<see cref="IsSteppingDown"/>), so that what was written reaches the replicas. Any thread may call it.
/// </remarks>
internal sealed class RedisMaster(ConfigurationOptions settings, TimeProvider time, ILogger<RedisMaster> logger) : IAsyncDisposable
{
    /// <summary>Sentinels that are followed: the configured ones and those that they know. Nobody runs more.</summary>
    private const int MaxSentinels = 16;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<EndPoint, Task> _watches = [];
    private readonly SentinelAnswers _answers = new(time);
    private EndPoint? _current;
    private bool _isSteppingDown;
    private int _leaving;
    private TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Raised when another server is the master; nobody is to write until the handlers have returned, which must be at once.</summary>
    public event Action? Replaced;

    /// <summary>Raised when the master is about to be replaced, was replaced, or stays after all. Handlers must return at once.</summary>
    public event Action? Changed;

    /// <summary>The master; null before a Sentinel has answered.</summary>
    public EndPoint? Current => Volatile.Read(ref _current);

    /// <summary>Whether the master is about to be replaced, or was and there may still be connections to it: what is written now may be lost.</summary>
    public bool IsSteppingDown => Volatile.Read(ref _isSteppingDown) || Volatile.Read(ref _leaving) > 0;

    public void Start()
    {
        foreach (var sentinel in settings.EndPoints)
        {
            Watch(sentinel);
        }
    }

    /// <summary>The master, as soon as there is one that stays.</summary>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async Task<EndPoint> FindAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task settled;
            lock (_lock)
            {
                if (_current is { } master && !_isSteppingDown)
                {
                    return master;
                }

                settled = _settled.Task;
            }

            await settled.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] watches;
        lock (_lock)
        {
            watches = [.. _watches.Values];
        }

        await Task.WhenAll(watches);
        _stopping.Dispose();
    }

    private void Watch(EndPoint sentinel)
    {
        lock (_lock)
        {
            if (!_watches.ContainsKey(sentinel) && _watches.Count < MaxSentinels && !_stopping.IsCancellationRequested)
            {
                var watch = new SentinelWatch(sentinel, settings, logger);
                watch.Announced += () => Note(() => _answers.Announce(sentinel));
                watch.Answered += answer => Note(() => _answers.Take(sentinel, answer));
                watch.WasSilent += () => Note(() => { });
                watch.Named += Watch;
                _watches.Add(sentinel, Task.Run(() => watch.RunAsync(() => IsSteppingDown, _stopping.Token)));
            }
        }
    }

    /// <summary>Takes what a Sentinel has said, and draws the conclusions.</summary>
    private void Note(Action take)
    {
        EndPoint? replaced = null;
        EndPoint? master;
        bool wasSteppingDown;
        bool isChanged;
        lock (_lock)
        {
            take();
            if (_answers.Master is { } newest && !newest.Equals(_current))
            {
                (replaced, _current) = (_current, newest);
            }

            (wasSteppingDown, master) = (_isSteppingDown, _current);

            // Before the master that it names can be written to, and the old one's connections are left.
            Interlocked.Add(ref _leaving, replaced is not null ? 1 : 0);
            _isSteppingDown = _answers.IsSteppingDown;
            isChanged = replaced is not null || wasSteppingDown != _isSteppingDown;
            if (_current is not null && !_isSteppingDown)
            {
                _settled.TrySetResult();
            }
            else if (_settled.Task.IsCompleted)
            {
                _settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        if (!isChanged)
        {
            return;
        }

        if (replaced is not null)
        {
            try
            {
                Replaced?.Invoke();
            }
            finally
            {
                Interlocked.Decrement(ref _leaving);
            }

            logger.MasterReplaced(replaced, master!);
        }
        else if (!wasSteppingDown)
        {
            logger.MasterStepsDown(master!);
        }
        else
        {
            logger.MasterStays(master!);
        }

        Changed?.Invoke();
    }
}
