namespace YarpWs.Gateway.Requests;

/// <summary>
/// Whether a file is there, such as one that an operator makes to close a site for a while. It is looked for when this is made, and whenever <see cref="Look"/> is called: no request waits for a disk.
/// Any thread may call it.
/// </summary>
/// <param name="path">Its whole name.</param>
/// <param name="kind">f for a file, d for a directory, e for either.</param>
internal sealed class FilePresence(string path, char kind)
{
    private volatile bool _isThere = IsNow(path, kind);

    public bool IsThere => _isThere;

    public void Look() => _isThere = IsNow(path, kind);

    private static bool IsNow(string path, char kind) => kind switch
    {
        'f' => File.Exists(path),
        'd' => Directory.Exists(path),
        _ => Path.Exists(path),
    };
}
