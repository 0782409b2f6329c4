using System.Security.Cryptography;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>
/// Something read from files that are read again while the gateway runs. Only the watch asks for it again, one reading after the other;
/// what is in use is never worse than before.
/// </summary>
internal abstract class TlsFile(string key, string directory, params string?[] files)
{
    /// <summary>A chain and its key are some 10 KB, a system's bundle of authorities some 250; what is larger is there by mistake.</summary>
    private const int MaxBytes = 1 << 20;

    private readonly string[] _files = [.. files.OfType<string>().Select(file => Path.GetFullPath(file, directory))];
    private string? _previous;
    private string? _handled;

    /// <summary>The setting that names it.</summary>
    public string Key { get; } = key;

    /// <summary>The first file, as it was typed.</summary>
    public string Name { get; } = files[0]!;

    /// <summary>What is wrong with the files now, while what was read before is in use; null when nothing is.</summary>
    public TlsFault? Fault { get; private set; }

    /// <summary>Reads for the first time. Throws a <see cref="TlsFileException"/>: there is nothing to go on with.</summary>
    public void ReadFirst(DateTimeOffset now)
    {
        var contents = ReadAll();
        Take(contents, now, isFirst: true);
        _handled = _previous = Fingerprint(contents);
    }

    /// <summary>Reads again. Returns what became of it once for every change, and null when there is nothing to say.</summary>
    public TlsReading? ReadAgain(DateTimeOffset now)
    {
        byte[][]? contents = null;
        string fingerprint;
        string? fault = null;
        try
        {
            contents = ReadAll();
            fingerprint = Fingerprint(contents);
        }
        catch (TlsFileException exception)
        {
            fingerprint = fault = exception.Message;
        }

        var isSettled = fingerprint == _previous;
        _previous = fingerprint;
        if (!isSettled || fingerprint == _handled)
        {
            return null;
        }

        _handled = fingerprint;
        try
        {
            if (contents is not null)
            {
                Take(contents, now, isFirst: false);
            }
        }
        catch (TlsFileException exception)
        {
            fault = exception.Message;
        }

        Fault = fault is null ? null : new TlsFault(fault, now);
        return new TlsReading(fault);
    }

    /// <summary>Puts what the files hold to use, or throws a <see cref="TlsFileException"/> and changes nothing.</summary>
    protected abstract void Take(IReadOnlyList<byte[]> contents, DateTimeOffset now, bool isFirst);

    private byte[][] ReadAll() => [.. _files.Select(ReadOne)];

    private static byte[] ReadOne(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > MaxBytes)
            {
                throw new TlsFileException($"{file} has {stream.Length} bytes; expected at most {MaxBytes}.");
            }

            var content = new byte[stream.Length];
            return content[..stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TlsFileException(exception is UnauthorizedAccessException ? $"{file} may not be read by the gateway's user." : $"{file} cannot be read: {exception.Message}");
        }
    }

    private static string Fingerprint(IEnumerable<byte[]> contents) => string.Concat(contents.Select(content => Convert.ToHexString(SHA256.HashData(content))));
}

/// <summary>What is wrong with files, and since when.</summary>
internal sealed record TlsFault(string Text, DateTimeOffset Since);

/// <summary>What became of files that have changed: they are in use, or are refused for this reason.</summary>
internal sealed record TlsReading(string? Fault);

/// <summary>Files that cannot be used. The message is for the operator and holds nothing of a key or password.</summary>
internal sealed class TlsFileException(string message) : Exception(message);
