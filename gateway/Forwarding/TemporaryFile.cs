namespace YarpWs.Gateway.Forwarding;

/// <summary>Files for bodies that wait: readable by this process alone, and gone with it.</summary>
internal static class TemporaryFile
{
    /// <summary>The directory that a setting names; the system's own for temporary files when it names none.</summary>
    public static string DirectoryOf(string? setting) => string.IsNullOrEmpty(setting) ? Path.GetTempPath() : setting;

    /// <exception cref="IOException">There is no such directory, or no room.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written to.</exception>
    public static FileStream Open(string directory)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(Path.Combine(directory, $"yarpws-{Path.GetRandomFileName()}"), options);
    }
}
