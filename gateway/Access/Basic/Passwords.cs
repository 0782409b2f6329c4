using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace YarpWs.Gateway.Access.Basic;

/// <summary>
/// Checks passwords. Hashes are made to be much work: they are computed on the pool, by half of the processors at most, and what was found good is remembered for a minute, as a MAC under a key of
/// this process. Any thread may ask.
/// </summary>
internal sealed class Passwords(TimeProvider time, ILogger<Passwords> logger) : IDisposable
{
    /// <summary>Requests that may wait for a processor; a further one is told to come back.</summary>
    private const int MaxWaiting = 64;

    /// <summary>Logins that are remembered: some 100 KiB.</summary>
    private const int MaxRemembered = 1_024;

    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly SemaphoreSlim _processors = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly ConcurrentDictionary<string, PasswordFile> _files = [];
    private readonly ConcurrentDictionary<string, long> _good = [];
    private int _waiting;

    /// <summary>The users of a file; of one file the same for all routes.</summary>
    /// <exception cref="FormatException">A line is no user.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public PasswordFile Of(string file) => _files.GetOrAdd(file, name => new PasswordFile(name, time, logger));

    /// <summary>Whether a password is a user's; null when too many ask, and the client has to come back.</summary>
    public async ValueTask<bool?> CheckAsync(PasswordFile file, string user, byte[] password, CancellationToken cancellation)
    {
        await file.RefreshAsync();
        var known = file.Find(user);
        if ((known ?? file.Any) is not { } hash || password.Length > PasswordHash.MaxPasswordBytes)
        {
            return false;
        }

        var mac = MacOf(user, hash, password);
        if (known is not null && IsRemembered(mac))
        {
            return true;
        }

        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }

        try
        {
            await _processors.WaitAsync(cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        try
        {
            // A page asks for many things at once; the first of them has done the work.
            if (known is not null && IsRemembered(mac))
            {
                return true;
            }

            // One who is not there takes as long as one who is.
            var isGood = await Task.Run(() => hash.Verify(password), CancellationToken.None) && known is not null;
            if (isGood)
            {
                Remember(mac);
            }

            return isGood;
        }
        finally
        {
            _processors.Release();
        }
    }

    public void Dispose() => _processors.Dispose();

    /// <summary>The hash is part of it, so that a password is forgotten when the file says another one.</summary>
    private string MacOf(string user, PasswordHash hash, byte[] password)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        mac.AppendData(Encoding.UTF8.GetBytes($"{user.Length}:{user}{hash.Text.Length}:{hash.Text}"));
        mac.AppendData(password);
        return Convert.ToBase64String(mac.GetHashAndReset());
    }

    private bool IsRemembered(string mac) => _good.TryGetValue(mac, out var since) && time.GetElapsedTime(since) < Remembered;

    private void Remember(string mac)
    {
        if (_good.Count >= MaxRemembered)
        {
            _good.Clear();
        }

        _good[mac] = time.GetTimestamp();
    }
}
