namespace YarpWs.Gateway.Content.Cache;

/// <summary>Has one request ask for what several want. Any thread may call it.</summary>
internal sealed class CacheFills
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, CacheFill> _underWay = new(StringComparer.Ordinal);

    /// <summary>Returns the fill that is under way, or one that the caller has to do and <see cref="End"/>.</summary>
    public (CacheFill Fill, bool IsOwn) Begin(string key)
    {
        lock (_gate)
        {
            if (_underWay.TryGetValue(key, out var fill))
            {
                return (fill, false);
            }

            return (_underWay[key] = new CacheFill(), true);
        }
    }

    /// <summary>Lets those go on that wait for it. Only the first end counts.</summary>
    public void End(string key, CacheFill fill, FillResult result)
    {
        lock (_gate)
        {
            if (_underWay.GetValueOrDefault(key) == fill)
            {
                _underWay.Remove(key);
            }
        }

        fill.End(result);
    }
}

/// <summary>One request that asks for others as well.</summary>
internal sealed class CacheFill
{
    private readonly TaskCompletionSource<FillResult> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<FillResult> Ended => _ended.Task;

    public void End(FillResult result) => _ended.TrySetResult(result);
}

/// <summary>What became of a fill.</summary>
internal enum FillResult
{
    /// <summary>The answer is kept.</summary>
    Kept,

    /// <summary>There is an answer, and it is for its own client alone: the others ask by themselves, and do not wait for each other.</summary>
    NotForOthers,

    /// <summary>There is none, because its client has gone or the destination has failed: another one asks.</summary>
    Broken,
}
