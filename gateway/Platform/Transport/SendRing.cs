using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace YarpWs.Platform.Transport;

/// <summary>
/// Hands many sends to the kernel with one system call (io_uring(7)). Each is tried at once and not waited for (MSG_DONTWAIT), so all have ended when the call returns:
/// the kernel keeps no buffer and no descriptor beyond it. One thread at a time.
/// </summary>
internal sealed unsafe class SendRing : IDisposable
{
    /// <summary>The numbers of io_uring_setup(2) and io_uring_enter(2), the same on every processor.</summary>
    private const int SetupCall = 425;
    private const int EnterCall = 426;

    /// <summary>IORING_SETUP_SUBMIT_ALL: a send that fails does not keep those behind it from being tried.</summary>
    private const uint SubmitAll = 1 << 7;

    /// <summary>IORING_ENTER_GETEVENTS.</summary>
    private const uint GetEvents = 1;
    private const ulong SendOperation = 26;

    /// <summary>PROT_READ and PROT_WRITE; MAP_SHARED and MAP_POPULATE; IORING_OFF_SQES.</summary>
    private const int ReadWrite = 3;
    private const int SharedPopulated = 0x8001;
    private const nint EntriesOffset = 0x10000000;

    /// <summary>MSG_DONTWAIT and MSG_NOSIGNAL.</summary>
    private const ulong NoWaitNoSignal = 0x4040;
    private const int EntryWords = 8;
    private const int CompletionBytes = 16;
    private const int Interrupted = 4;

    /// <summary>-EAGAIN.</summary>
    private const int NotTried = -11;

    private readonly SafeFileHandle _ring;
    private readonly byte* _shared;
    private readonly nuint _sharedBytes;
    private readonly ulong* _entries;
    private readonly nuint _entriesBytes;
    private readonly uint* _submitted;
    private readonly uint* _taken;
    private readonly uint* _completed;
    private readonly byte* _completions;
    private readonly uint _entryMask;
    private readonly uint _completionMask;
    private uint _count;

    private SendRing(SafeFileHandle ring, Parameters parameters, byte* shared, nuint sharedBytes, byte* entries, nuint entriesBytes)
    {
        _ring = ring;
        _shared = shared;
        _sharedBytes = sharedBytes;
        _entries = (ulong*)entries;
        _entriesBytes = entriesBytes;
        _submitted = (uint*)(_shared + parameters.Sends.Tail);
        _entryMask = *(uint*)(_shared + parameters.Sends.Mask);
        _taken = (uint*)(_shared + parameters.Completions.Head);
        _completed = (uint*)(_shared + parameters.Completions.Tail);
        _completionMask = *(uint*)(_shared + parameters.Completions.Mask);
        _completions = _shared + parameters.Completions.Entries;
        var order = (uint*)(_shared + parameters.Sends.Array);
        for (uint i = 0; i < parameters.Entries; i++)
        {
            order[i] = i;
        }
    }

    /// <summary>A ring for so many sends at once, a power of two; null where there is none to be had, and the number of the error (errno(3)).</summary>
    public static SendRing? TryOpen(int capacity, out int error)
    {
        Parameters parameters = default;
        parameters.Flags = SubmitAll;
        var descriptor = Call(SetupCall, capacity, (nint)(&parameters), 0, 0, 0, 0);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (descriptor < 0)
        {
            return null;
        }

        var ring = new SafeFileHandle(descriptor, ownsHandle: true);
        var sharedBytes = Math.Max(
            parameters.Sends.Array + (parameters.Entries * sizeof(uint)), parameters.Completions.Entries + (parameters.CompletionEntries * CompletionBytes));
        var entriesBytes = parameters.Entries * EntryWords * sizeof(ulong);
        var shared = Map(sharedBytes, ring, 0, ref error);
        var entries = Map(entriesBytes, ring, EntriesOffset, ref error);
        if (error == 0)
        {
            return new SendRing(ring, parameters, shared, sharedBytes, entries, entriesBytes);
        }

        Unmap(shared, sharedBytes);
        Unmap(entries, entriesBytes);
        ring.Dispose();
        return null;
    }

    /// <summary>One send more of the next <see cref="Submit"/>. The bytes and the descriptor must stay what they are until then.</summary>
    public void Add(nint descriptor, MemoryHandle data, int length)
    {
        var entry = _entries + (((*_submitted + _count) & _entryMask) * EntryWords);
        entry[0] = SendOperation | ((ulong)(uint)descriptor << 32);
        entry[1] = 0;
        entry[2] = (ulong)data.Pointer;
        entry[3] = (uint)length | (NoWaitNoSignal << 32);
        entry[4] = _count++;
        entry[5] = entry[6] = entry[7] = 0;
    }

    /// <summary>Tries all that were added, in this order.</summary>
    /// <param name="results">Of each: how many bytes were taken, or the negative number of the error; -EAGAIN where it was not tried.</param>
    /// <returns>False when the kernel has refused some of them, and takes no more.</returns>
    public bool Submit(Span<int> results)
    {
        results.Fill(NotTried);
        var (count, rest) = (_count, _count);
        _count = 0;
        Volatile.Write(ref *_submitted, *_submitted + count);
        var taken = *_taken;
        var isRefused = false;
        do
        {
            // All have ended when this returns; that it waits for them as well costs nothing, and is what io_uring_enter(2) promises.
            var entered = Call(EnterCall, _ring.DangerousGetHandle(), (nint)rest, (nint)count, (nint)GetEvents, 0, 0);
            isRefused = entered < 0 ? Marshal.GetLastPInvokeError() != Interrupted : entered == 0 && rest > 0;
            rest -= (uint)Math.Max(0, entered);
        }
        while (!isRefused && (rest > 0 || Volatile.Read(ref *_completed) - taken < count));

        var completed = Volatile.Read(ref *_completed);
        for (; taken != completed; taken++)
        {
            // struct io_uring_cqe: the number of the send, then its result.
            var completion = _completions + ((taken & _completionMask) * CompletionBytes);
            results[(int)*(ulong*)completion] = *(int*)(completion + sizeof(ulong));
        }

        Volatile.Write(ref *_taken, taken);
        return !isRefused;
    }

    /// <summary>Only between two batches.</summary>
    public void Dispose()
    {
        if (!_ring.IsClosed)
        {
            Unmap(_shared, _sharedBytes);
            Unmap((byte*)_entries, _entriesBytes);
            _ring.Dispose();
        }
    }

    private static byte* Map(nuint length, SafeFileHandle ring, nint offset, ref int error)
    {
        var mapped = MapMemory(0, length, ReadWrite, SharedPopulated, (int)ring.DangerousGetHandle(), offset);
        if (mapped != -1)
        {
            return (byte*)mapped;
        }

        error = Marshal.GetLastPInvokeError();
        return null;
    }

    private static void Unmap(byte* mapped, nuint length)
    {
        if (mapped is not null)
        {
            _ = UnmapMemory((nint)mapped, length);
        }
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static extern nint Call(nint number, nint first, nint second, nint third, nint fourth, nint fifth, nint sixth);

    [DllImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static extern nint MapMemory(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int UnmapMemory(nint address, nuint length);

    /// <summary>struct io_uring_params.</summary>
    private struct Parameters
    {
        public uint Entries;
        public uint CompletionEntries;
        public uint Flags;
        public uint Thread;
        public uint ThreadIdle;
        public uint Features;
        public uint Workers;
        public Reserved3 Reserved;
        public SendOffsets Sends;
        public CompletionOffsets Completions;
    }

    [InlineArray(3)]
    private struct Reserved3
    {
        private uint _first;
    }

    /// <summary>struct io_sqring_offsets.</summary>
    private struct SendOffsets
    {
        public uint Head;
        public uint Tail;
        public uint Mask;
        public uint Count;
        public uint Flags;
        public uint Dropped;
        public uint Array;
        public uint Reserved;
        public ulong Address;
    }

    /// <summary>struct io_cqring_offsets.</summary>
    private struct CompletionOffsets
    {
        public uint Head;
        public uint Tail;
        public uint Mask;
        public uint Count;
        public uint Overflow;
        public uint Entries;
        public uint Flags;
        public uint Reserved;
        public ulong Address;
    }
}
