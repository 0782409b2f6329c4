namespace YarpWs.Gateway.Content;

/// <summary>A file or directory in a directory.</summary>
/// <param name="Name">Its name, without a slash.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
/// <param name="Modified">When it was changed.</param>
/// <param name="Length">The bytes of a file; 0 of a directory.</param>
internal readonly record struct DirectoryEntry(string Name, bool IsDirectory, DateTimeOffset Modified, long Length);
