using System.Runtime.InteropServices;

namespace YarpWs.Platform.Memory;

/// <summary>The memory that libraries written in C have from their own.</summary>
internal static class CLibrary
{
    private static readonly bool CanTrim = OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out _);

    /// <summary>Gives back whole pages that nothing is in (malloc_trim(3)). Other threads go on, but for those that want memory of it meanwhile. Only glibc knows how; musl keeps next to nothing.</summary>
    public static void Trim()
    {
        if (CanTrim)
        {
            _ = Trim(0);
        }
    }

    [DllImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static extern int Trim(nuint kept);
}
