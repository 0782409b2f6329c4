using System.Buffers;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Text;

/// <summary>The files that routes stand in.</summary>
internal sealed class RouteFiles
{
    /// <summary>Some fifty thousand routes; a file that is larger is one that was put there by mistake.</summary>
    private const int MaxFileBytes = 16 << 20;

    private const int MaxFiles = 1_000;

    private readonly string? _file;
    private readonly string? _directory;
    private volatile RouteText? _last;

    /// <param name="file">The settings file; null for a gateway that has its settings from the environment alone.</param>
    /// <param name="directory">The value of Routes:Directory.</param>
    public RouteFiles(string? file, string? directory)
    {
        _file = file;
        _directory = string.IsNullOrEmpty(directory) ? null : Path.GetFullPath(directory, Path.GetDirectoryName(file) ?? AppContext.BaseDirectory);
    }

    /// <summary>
    /// Reads all of them now. Fails on nothing: what could not be read is a fault that says why. As long as nothing changes the same text is
    /// returned: they are read all the time, and large ones would be much to collect.
    /// </summary>
    public RouteText Read() => Read(settings: null);

    /// <summary>As <see cref="Read()"/>, with another text for the settings file.</summary>
    public RouteText ReadWith(byte[] settings) => Read(settings);

    /// <summary>Writes the files that differ from a text, each whole: a reader finds the old one or the new one.</summary>
    /// <exception cref="IOException">One of them cannot be written; the message says which and what to do. Those before it are.</exception>
    public void Write(RouteText text)
    {
        if (_file is null)
        {
            throw new IOException("the gateway runs without a settings file, so there is none to write; start it with one.");
        }

        foreach (var file in text.Files)
        {
            // A link stays a link.
            var name = File.ResolveLinkTarget(file.Name, returnFinalTarget: true)?.FullName ?? file.Name;
            var temporary = $"{Path.GetDirectoryName(name)}/.{Path.GetFileName(name)}.{Environment.ProcessId}";
            try
            {
                if (File.Exists(name) && File.ReadAllBytes(name).AsSpan().SequenceEqual(file.Text))
                {
                    continue;
                }

                File.WriteAllBytes(temporary, file.Text);
                if (!OperatingSystem.IsWindows() && File.Exists(name))
                {
                    File.SetUnixFileMode(temporary, File.GetUnixFileMode(name));
                }

                File.Move(temporary, name, overwrite: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                if (File.Exists(temporary))
                {
                    File.Delete(temporary);
                }

                throw new IOException($"{name} cannot be written ({exception.Message}); change it where it comes from, and the gateway will follow.", exception);
            }
        }
    }

    private RouteText Read(byte[]? settings)
    {
        var last = _last;
        var files = new List<RouteFile>();
        var at = _directory ?? "";
        try
        {
            foreach (var name in Names().ToList())
            {
                at = name;
                files.Add(settings is not null && name == _file ? new RouteFile(name, settings) : ReadFile(name, last?.Files.ElementAtOrDefault(files.Count)));
            }

            return last is not null && files.SequenceEqual(last.Files) ? last : _last = new RouteText(files, null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new RouteText([], new RouteFault(at, exception switch
            {
                DirectoryNotFoundException when at == _directory => "no such directory; expected one with *.json files, or no Routes:Directory.",
                UnauthorizedAccessException when at == _directory => $"may not be read by the user {Environment.UserName}; give it the right to.",
                _ => SettingsFile.FaultOf(at, exception),
            }));
        }
    }

    private IEnumerable<string> Names()
    {
        if (_file is not null)
        {
            yield return _file;
        }

        if (_directory is null)
        {
            yield break;
        }

        // Hidden names are editors' temporary files and the inner workings of mounted volumes.
        var names = Directory.GetFiles(_directory, "*.json").Where(name => !Path.GetFileName(name).StartsWith('.') && name != _file).Order(StringComparer.Ordinal).ToList();
        if (names.Count > MaxFiles)
        {
            throw new IOException($"{names.Count} files; expected at most {MaxFiles}.");
        }

        foreach (var name in names)
        {
            yield return name;
        }
    }

    /// <param name="name">Its name.</param>
    /// <param name="last">Returned if it is this file, and still says the same.</param>
    private static RouteFile ReadFile(string name, RouteFile? last)
    {
        using var stream = new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = stream.Length;
        if (length > MaxFileBytes)
        {
            throw new IOException($"{length} bytes; expected at most {MaxFileBytes}.");
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            var text = buffer.AsSpan(0, (int)length);
            text = text[..stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)];
            return last?.Name == name && text.SequenceEqual(last.Text) ? last : new RouteFile(name, text.ToArray());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
