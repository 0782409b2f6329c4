using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Content.Cache;

/// <summary>The kept answers of all routes, up to a number of bytes: those that were asked for the longest time ago give way. Any thread may call it; its lock is held for a lookup, or a walk that the operator asks for.</summary>
internal sealed class CacheStore(IOptions<CacheStoreOptions> options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);

    /// <summary>By when they were asked for, the latest first.</summary>
    private readonly LinkedList<Entry> _byUse = [];
    private long _bytes;
    private long _recorded;
    private int _generation;

    /// <summary>Another number after each purge: what was asked for before is not kept any more.</summary>
    public int Generation => Volatile.Read(ref _generation);

    public long MaxBytes => options.Value.MaxBytes;

    /// <summary>How many answers there are, and what they take.</summary>
    public (int Answers, long Bytes) Sum
    {
        get
        {
            lock (_gate)
            {
                return (_entries.Count, _bytes);
            }
        }
    }

    /// <summary>The answer, or by which headers answers differ, under a key; null when there is none.</summary>
    public object? Find(string key)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Kept;
        }
    }

    /// <param name="key">That of the answer.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="generation">When it was asked for.</param>
    public void Put(string key, CachedAnswer answer, int generation) => Put(key, answer, answer.Size, generation);

    /// <summary>Keeps the names of headers by which the answers under a key differ.</summary>
    public void Put(string key, string[] vary, int generation) => Put(key, vary, vary.Sum(name => name.Length * 2), generation);

    /// <summary>Takes memory for an answer on its way here, which counts by itself; false when all of those together would take more than is kept.</summary>
    public bool TryRecord(int bytes)
    {
        if (Interlocked.Add(ref _recorded, bytes) <= MaxBytes)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    public void Release(int bytes) => Interlocked.Add(ref _recorded, -bytes);

    /// <summary>Takes out all whose keys begin so. Returns how many answers that were.</summary>
    public int Purge(string prefix)
    {
        lock (_gate)
        {
            _generation++;
            var found = _byUse.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList();
            found.ForEach(entry => Remove(_entries[entry.Key]));
            return found.Count(entry => entry.Kept is CachedAnswer);
        }
    }

    private void Put(string key, object kept, int size, int generation)
    {
        size += 2 * key.Length;
        if (size > MaxBytes)
        {
            return;
        }

        lock (_gate)
        {
            if (generation != _generation)
            {
                return;
            }

            if (_entries.TryGetValue(key, out var before))
            {
                Remove(before);
            }

            while (_bytes + size > MaxBytes)
            {
                Remove(_byUse.Last!);
            }

            _entries[key] = _byUse.AddFirst(new Entry(key, kept, size));
            _bytes += size;
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        _bytes -= node.Value.Size;
    }

    private sealed record Entry(string Key, object Kept, int Size);
}
