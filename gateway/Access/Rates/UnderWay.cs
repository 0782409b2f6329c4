namespace YarpWs.Gateway.Access.Rates;

/// <summary>How many requests are under way by key. It holds those keys alone that have some, so that what clients do bounds it. Any thread may call it; its lock is held for a lookup.</summary>
internal sealed class UnderWay
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _byKey = new(StringComparer.Ordinal);

    /// <summary>Keys that have some.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byKey.Count;
            }
        }
    }

    /// <summary>Counts one more, unless that would be more than so many. One that is counted has to <see cref="Leave"/>.</summary>
    public bool TryEnter(string key, int most)
    {
        lock (_gate)
        {
            var count = _byKey.GetValueOrDefault(key);
            if (count >= most)
            {
                return false;
            }

            _byKey[key] = count + 1;
            return true;
        }
    }

    public void Leave(string key)
    {
        lock (_gate)
        {
            if (_byKey[key] is > 1 and var count)
            {
                _byKey[key] = count - 1;
            }
            else
            {
                _byKey.Remove(key);
            }
        }
    }
}
