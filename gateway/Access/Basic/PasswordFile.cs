using System.Text;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access.Basic;

/// <summary>
/// The users of an htpasswd file. It is looked at again when it is used, once a second at most; one that cannot be read any more, or holds what is no user, leaves the users as they were, and
/// the log says so once.
/// </summary>
internal sealed class PasswordFile
{
    /// <summary>Some hundred thousand users; a larger file was put there by mistake.</summary>
    private const int MaxFileBytes = 8 << 20;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile Content _content;
    private long _lookedAt;
    private int _isLooking;
    private string? _fault;

    /// <exception cref="FormatException">A line is no user.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public PasswordFile(string name, TimeProvider time, ILogger logger)
    {
        (_name, _time, _logger) = (name, time, logger);
        _content = Read(name);
        _lookedAt = time.GetTimestamp();
    }

    /// <summary>The hash of a user; null for one who is not there.</summary>
    public PasswordHash? Find(string user) => _content.Users.GetValueOrDefault(user);

    /// <summary>Any hash, for the work that a user who is not there costs like one who is; null for an empty file.</summary>
    public PasswordHash? Any => _content.First;

    /// <summary>Reads the file again if it has changed since it was last looked at. Any thread; the file is read on the pool.</summary>
    public ValueTask RefreshAsync()
    {
        if (_time.GetElapsedTime(Volatile.Read(ref _lookedAt)) < Pause || Interlocked.Exchange(ref _isLooking, 1) == 1)
        {
            return ValueTask.CompletedTask;
        }

        return new ValueTask(Task.Run(Look));
    }

    /// <summary>What is wrong with a file, as <c>check</c> says it; null when nothing is.</summary>
    public static string? FaultOf(string name)
    {
        try
        {
            Read(name);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return SentenceOf(name, exception);
        }
    }

    private void Look()
    {
        try
        {
            var file = new FileInfo(_name);
            if (_fault is not null || !file.Exists || (file.LastWriteTimeUtc, file.Length) != (_content.Changed, _content.Length))
            {
                _content = Read(_name);
                _fault = null;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            var fault = SentenceOf(_name, exception);
            if (fault != _fault)
            {
                _logger.PasswordsRefused(_fault = fault);
            }
        }
        finally
        {
            Volatile.Write(ref _lookedAt, _time.GetTimestamp());
            Volatile.Write(ref _isLooking, 0);
        }
    }

    private static string SentenceOf(string name, Exception exception) => exception switch
    {
        FormatException => exception.Message,
        FileNotFoundException or DirectoryNotFoundException => $"{name}: no such file; expected one that htpasswd has made.",
        UnauthorizedAccessException => $"{name} may not be read by the gateway's user; give it the right to.",
        _ => $"{name}: {exception.Message}",
    };

    private static Content Read(string name)
    {
        var file = new FileInfo(name);
        if (file.Length > MaxFileBytes)
        {
            throw new IOException($"{file.Length} bytes; expected at most {MaxFileBytes}.");
        }

        var users = new Dictionary<string, PasswordHash>(StringComparer.Ordinal);
        PasswordHash? first = null;
        foreach (var (index, line) in File.ReadAllLines(name, Encoding.UTF8).Index())
        {
            if (line.Trim() is not { Length: > 0 } text || text.StartsWith('#'))
            {
                continue;
            }

            // Behind the hash there may be a comment.
            if (text.Split(':') is not [{ Length: > 0 } user, { } hash, ..])
            {
                throw new FormatException($"{new SourceLocation(name, index + 1, 1)}: this is no user; expected NAME:HASH.");
            }

            try
            {
                var parsed = PasswordHash.Parse(hash);
                first ??= parsed;
                users.TryAdd(user, parsed);
            }
            catch (FormatException exception)
            {
                throw new FormatException($"{new SourceLocation(name, index + 1, user.Length + 2)}: {exception.Message}", exception);
            }
        }

        return new Content(users, first, file.LastWriteTimeUtc, file.Length);
    }

    private sealed record Content(Dictionary<string, PasswordHash> Users, PasswordHash? First, DateTime Changed, long Length);
}
