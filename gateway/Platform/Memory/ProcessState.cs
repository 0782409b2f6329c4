namespace YarpWs.Platform.Memory;

/// <summary>What a process has used and holds.</summary>
/// <param name="Collections">Garbage collections so far.</param>
/// <param name="CpuTime">Processor time so far.</param>
/// <param name="AllocatedBytes">What was allocated so far, freed since or not.</param>
/// <param name="CommittedBytes">What the collector held when its last collection had ended.</param>
/// <param name="UsedBytes">What lived then.</param>
internal readonly record struct ProcessState(long Collections, TimeSpan CpuTime, long AllocatedBytes, long CommittedBytes, long UsedBytes)
{
    /// <summary>Held for nothing.</summary>
    public long SpareBytes => CommittedBytes - UsedBytes;

    /// <summary>This process now.</summary>
    public static ProcessState Read()
    {
        var heap = GC.GetGCMemoryInfo(GCKind.Any);
        return new ProcessState(
            GC.CollectionCount(0),
            Environment.CpuUsage.TotalTime,
            GC.GetTotalAllocatedBytes(),
            heap.TotalCommittedBytes,
            heap.HeapSizeBytes - heap.FragmentedBytes);
    }
}
