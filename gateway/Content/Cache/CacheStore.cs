using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Content.Cache;

/// <summary>The kept answers of all routes, up to a number of bytes: those that were asked for the longest time ago give way. Any thread may call it; its lock is held for a few lookups.</summary>
internal sealed class CacheStore(IOptions<CacheStoreOptions> options)
{
    /// <summary>Entries that a purge looks at under one hold of the gate.</summary>
    private const int SliceLength = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);

    /// <summary>By when they were asked for, the latest first.</summary>
    private readonly LinkedList<Entry> _byUse = [];
    private long _bytes;
    private int _answers;
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
                return (_answers, _bytes);
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

    /// <summary>Takes out all whose keys begin so, some at a time, so that no request waits for all of it. Returns how many answers that were.</summary>
    public int Purge(string prefix)
    {
        // It stands behind those that are still to be looked at; what is asked for meanwhile goes to the front, and so is one of them.
        LinkedListNode<Entry> marker;
        lock (_gate)
        {
            _generation++;
            marker = _byUse.AddLast(new Entry("", Kept: null, Size: 0));
        }

        var count = 0;
        while (true)
        {
            lock (_gate)
            {
                for (var looked = 0; looked < SliceLength; looked++)
                {
                    if (marker.Previous is not { } next)
                    {
                        _byUse.Remove(marker);
                        return count;
                    }

                    if (next.Value.Kept is { } kept && next.Value.Key.StartsWith(prefix, StringComparison.Ordinal))
                    {
                        count += kept is CachedAnswer ? 1 : 0;
                        Remove(next);
                    }
                    else
                    {
                        _byUse.Remove(marker);
                        _byUse.AddBefore(next, marker);
                    }
                }
            }
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
                Remove(Oldest());
            }

            _entries[key] = _byUse.AddFirst(new Entry(key, kept, size));
            _bytes += size;
            _answers += kept is CachedAnswer ? 1 : 0;
        }
    }

    private LinkedListNode<Entry> Oldest()
    {
        var oldest = _byUse.Last!;
        while (oldest.Value.Kept is null)
        {
            oldest = oldest.Previous!;
        }

        return oldest;
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        _bytes -= node.Value.Size;
        _answers -= node.Value.Kept is CachedAnswer ? 1 : 0;
    }

    /// <param name="Key">Of what is kept.</param>
    /// <param name="Kept">An answer, or the names of headers; null where a purge has come to.</param>
    /// <param name="Size">In bytes.</param>
    private sealed record Entry(string Key, object? Kept, int Size);
}
