using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace YarpWs.Gateway.Content;

/// <summary>What looking for a file has come to.</summary>
internal enum FileOutcome
{
    /// <summary>It is open.</summary>
    Found,

    /// <summary>It is a directory.</summary>
    Directory,

    /// <summary>There is none, or none for clients: outside of the directory, hidden, no file.</summary>
    Missing,

    /// <summary>The gateway's user may not read it.</summary>
    Forbidden,

    /// <summary>The process has no descriptor left.</summary>
    Exhausted,
}

/// <summary>
/// A directory that clients are given files of, and nothing that is not in it: what was opened is judged by where it really is, so that neither a link nor
/// one that is changed in between leads out. Blocks; for the pool alone.
/// </summary>
/// <param name="directory">Its name. It may be a link, which is followed anew each time.</param>
/// <param name="links">What becomes of links below it.</param>
/// <param name="dotFiles">Whether hidden names are there.</param>
internal sealed class FileTree(string directory, FileLinks links, bool dotFiles)
{
    private const int ReadOnly = 0, NonBlocking = 0x800, CloseOnExec = 0x80000, PathOnly = 0x200000;

    private const int NoEntry = 2, AccessDenied = 13, NotADirectory = 20, TooManyInSystem = 23, TooMany = 24, NoDevice = 6, NameTooLong = 36, TooManyLinks = 40;

    private static readonly char[] Unfit = Path.GetInvalidFileNameChars();

    /// <summary>The names of a decoded path, without empty ones; null where one of them is never a client's to ask for.</summary>
    public string? Normalize(string path)
    {
        var names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in names)
        {
            // The server leaves %2F as it is: no name of a file holds what it stands for.
            if (name is "." or ".." || name.AsSpan().ContainsAny(Unfit) || name.Contains("%2F", StringComparison.OrdinalIgnoreCase)
                || (!dotFiles && name[0] == '.' && name != ".well-known"))
            {
                return null;
            }
        }

        return string.Join('/', names);
    }

    /// <param name="name">As <see cref="Normalize"/> gives it; empty for the directory itself.</param>
    /// <param name="handle">Whose file it is, when it was found.</param>
    public FileOutcome Open(string name, out SafeFileHandle? handle)
    {
        var path = name.Length == 0 ? directory : $"{directory}/{name}";
        (handle, var outcome) = OperatingSystem.IsLinux() ? OpenOnLinux(path, name) : OpenElsewhere(path);
        if (handle is null)
        {
            return outcome;
        }

        try
        {
            if (File.GetAttributes(handle).HasFlag(FileAttributes.Directory))
            {
                outcome = FileOutcome.Directory;
            }
            else
            {
                RandomAccess.GetLength(handle);
                return FileOutcome.Found;
            }
        }
        catch (NotSupportedException)
        {
            // A pipe or a device.
            outcome = FileOutcome.Missing;
        }

        handle.Dispose();
        handle = null;
        return outcome;
    }

    /// <summary>What is in a directory and may be asked for, hidden names left out; null where there is no such directory, or it may not be read.</summary>
    /// <param name="name">As <see cref="Normalize"/> gives it; empty for the directory itself.</param>
    /// <param name="most">How many are read; one more says that there are more.</param>
    public IReadOnlyList<DirectoryEntry>? List(string name, int most)
    {
        var path = name.Length == 0 ? directory : $"{directory}/{name}";
        (var handle, var outcome) = OperatingSystem.IsLinux() ? OpenOnLinux(path, name) : OpenElsewhere(path);
        using (handle)
        {
            if (handle is null && outcome != FileOutcome.Directory)
            {
                return null;
            }

            // The one that was opened and judged, whatever its name leads to by now.
            var opened = new DirectoryInfo(handle is null ? path : $"/proc/self/fd/{handle.DangerousGetHandle()}/");
            try
            {
                return [.. opened.EnumerateFileSystemInfos().Where(entry => entry.Name[0] != '.').Select(entry => EntryOf(entry, name)).OfType<DirectoryEntry>().Take(most + 1)];
            }
            catch (Exception exception) when (exception is UnauthorizedAccessException or DirectoryNotFoundException)
            {
                return null;
            }
        }
    }

    /// <summary>A link is what it leads to; null for one that leads where no client may ask, and for what is gone by now.</summary>
    private DirectoryEntry? EntryOf(FileSystemInfo entry, string parent)
    {
        try
        {
            if (entry.LinkTarget is null)
            {
                return new DirectoryEntry(entry.Name, entry is DirectoryInfo, entry.LastWriteTimeUtc, entry is FileInfo file ? file.Length : 0);
            }

            var outcome = Open(parent.Length == 0 ? entry.Name : $"{parent}/{entry.Name}", out var handle);
            using (handle)
            {
                return outcome switch
                {
                    FileOutcome.Found => new DirectoryEntry(entry.Name, false, File.GetLastWriteTimeUtc(handle!), RandomAccess.GetLength(handle!)),
                    FileOutcome.Directory => new DirectoryEntry(entry.Name, true, entry.LastWriteTimeUtc, 0),
                    _ => null,
                };
            }
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private (SafeFileHandle? Handle, FileOutcome Outcome) OpenOnLinux(string path, string name)
    {
        using var root = new SafeFileHandle(OpenFile(directory, PathOnly | CloseOnExec), ownsHandle: true);
        if (root.IsInvalid)
        {
            return (null, Marshal.GetLastPInvokeError() is TooMany or TooManyInSystem ? FileOutcome.Exhausted : FileOutcome.Missing);
        }

        // Without NonBlocking a pipe would be waited for.
        var handle = new SafeFileHandle(OpenFile(path, ReadOnly | NonBlocking | CloseOnExec), ownsHandle: true);
        if (handle.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            return (null, error switch
            {
                AccessDenied => FileOutcome.Forbidden,
                TooMany or TooManyInSystem => FileOutcome.Exhausted,
                NoEntry or NotADirectory or NameTooLong or TooManyLinks or NoDevice => FileOutcome.Missing,
                _ => throw new IOException($"{path} cannot be opened (error {error})."),
            });
        }

        if (IsAllowed(PlaceOf(root), PlaceOf(handle), name))
        {
            return (handle, FileOutcome.Found);
        }

        handle.Dispose();
        return (null, FileOutcome.Missing);
    }

    private (SafeFileHandle? Handle, FileOutcome Outcome) OpenElsewhere(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                return (null, FileOutcome.Directory);
            }

            // Where nothing says what was opened, no link below the directory is followed.
            for (var part = path; part.Length > directory.Length; part = Path.GetDirectoryName(part)!)
            {
                if (links != FileLinks.Anywhere && new FileInfo(part).LinkTarget is not null)
                {
                    return (null, FileOutcome.Missing);
                }
            }

            return (File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), FileOutcome.Found);
        }
        catch (UnauthorizedAccessException)
        {
            return (null, FileOutcome.Forbidden);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or PathTooLongException)
        {
            return (null, FileOutcome.Missing);
        }
    }

    private bool IsAllowed(string root, string place, string name) => links switch
    {
        FileLinks.Anywhere => true,
        FileLinks.None => place == (name.Length == 0 ? root : $"{root.TrimEnd('/')}/{name}"),
        _ => place == root || place.StartsWith($"{root.TrimEnd('/')}/", StringComparison.Ordinal),
    };

    /// <summary>Where the system says that an open file is.</summary>
    private static string PlaceOf(SafeFileHandle handle) => new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget ?? "";

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int OpenFile([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
