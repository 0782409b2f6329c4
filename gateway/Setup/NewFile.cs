namespace YarpWs.Gateway.Setup;

/// <summary>Files that the set-up verbs write. None is ever written over: it may be the operator's only copy.</summary>
internal static class NewFile
{
    /// <exception cref="IOException">One of the files is there already.</exception>
    public static void Refuse(params ReadOnlySpan<string> files)
    {
        foreach (var file in files)
        {
            if (File.Exists(file))
            {
                throw new IOException($"{file} is there already; remove it, or write to another place with --output.");
            }
        }
    }

    /// <param name="file">Its directory is made where it is missing.</param>
    /// <param name="text">What it holds.</param>
    /// <param name="isSecret">Nobody but the owner may read it, from its first byte on.</param>
    public static void Write(string file, string text, bool isSecret = false)
    {
        Refuse(file);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (isSecret && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(file, options);
        writer.Write(text);
    }
}
