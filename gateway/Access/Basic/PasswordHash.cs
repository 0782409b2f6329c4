using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace YarpWs.Gateway.Access.Basic;

/// <summary>What an htpasswd file says of a user's password.</summary>
[SuppressMessage("Security", "CA5350", Justification = "What a file holds was hashed before.")]
internal sealed class PasswordHash
{
    /// <summary>Longer passwords are nobody's: the work of some hashes grows with them.</summary>
    public const int MaxPasswordBytes = 512;

    /// <summary>2^14 rounds of bcrypt take about a second.</summary>
    private const int MaxCost = 14;

    private const int MaxRounds = 1_000_000, DefaultRounds = 5_000, MinRounds = 1_000;

    private readonly Func<byte[], bool> _verify;

    private PasswordHash(string text, Func<byte[], bool> verify) => (Text, _verify) = (text, verify);

    /// <summary>As it stands in the file.</summary>
    public string Text { get; }

    /// <summary>Throws a <see cref="FormatException"/> for a form that is not known, or that is too much work; the message says which forms are.</summary>
    public static PasswordHash Parse(string text)
    {
        if (text.StartsWith("$2", StringComparison.Ordinal))
        {
            return Bcrypt(text);
        }

        if (text.StartsWith("$apr1$", StringComparison.Ordinal) || text.StartsWith("$1$", StringComparison.Ordinal))
        {
            return Split(text) is [var magic, var salt, { Length: 22 } sum] ? new(text, password => Same(Md5Crypt.Hash(password, $"${magic}$", salt[..Math.Min(salt.Length, 8)]), sum)) : throw Unknown();
        }

        if (text.StartsWith("$5$", StringComparison.Ordinal) || text.StartsWith("$6$", StringComparison.Ordinal))
        {
            return Sha(text, is512: text[1] == '6');
        }

        if (After(text, "{SHA}") is { } sha)
        {
            var sum = FromBase64(sha, SHA1.HashSizeInBytes);
            return new(text, password => CryptographicOperations.FixedTimeEquals(SHA1.HashData(password), sum));
        }

        if (After(text, "{SSHA}") is { } salted)
        {
            var both = FromBase64(salted, SHA1.HashSizeInBytes);
            return new(text, password => CryptographicOperations.FixedTimeEquals(SHA1.HashData([.. password, .. both.AsSpan(SHA1.HashSizeInBytes)]), both.AsSpan(0, SHA1.HashSizeInBytes)));
        }

        return After(text, "{PLAIN}") is { } plain
            ? new(text, password => CryptographicOperations.FixedTimeEquals(SHA256.HashData(password), SHA256.HashData(Encoding.UTF8.GetBytes(plain))))
            : throw Unknown();
    }

    /// <summary>Computes for up to a second; never on an event loop.</summary>
    public bool Verify(byte[] password) => password.Length <= MaxPasswordBytes && _verify(password);

    private static PasswordHash Bcrypt(string text)
    {
        if (Split(text) is not [_, var cost, { Length: 53 }] || !int.TryParse(cost, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 4)
        {
            throw Unknown();
        }

        return number <= MaxCost
            ? new(text, password => BCrypt.Net.BCrypt.Verify(Encoding.UTF8.GetString(password), text))
            : throw new FormatException($"a cost of {number} would keep a processor for seconds; expected at most {MaxCost}, as htpasswd -B -C {MaxCost} makes it.");
    }

    private static PasswordHash Sha(string text, bool is512)
    {
        var parts = Split(text);
        var hasRounds = parts.Length == 4 && parts[1].StartsWith("rounds=", StringComparison.Ordinal);
        var rounds = DefaultRounds;
        if (parts.Length != (hasRounds ? 4 : 3) || parts[^1].Length != (is512 ? 86 : 43)
            || (hasRounds && !int.TryParse(parts[1]["rounds=".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out rounds)))
        {
            throw Unknown();
        }

        if (rounds > MaxRounds)
        {
            throw new FormatException($"{rounds} rounds would keep a processor for seconds; expected at most {MaxRounds}.");
        }

        var salt = parts[^2][..Math.Min(parts[^2].Length, 16)];
        return new(text, password => Same(ShaCrypt.Hash(password, salt, Math.Max(rounds, MinRounds), is512), parts[^1]));
    }

    private static string[] Split(string text) => text[1..].Split('$');

    private static string? After(string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : null;

    private static byte[] FromBase64(string text, int least)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var count) && count >= least ? bytes[..count] : throw Unknown();
    }

    private static bool Same(string left, string right) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(left), Encoding.ASCII.GetBytes(right));

    private static FormatException Unknown() =>
        new("the form of this hash is not known; expected bcrypt ($2y$, htpasswd -B), apr1 ($apr1$, htpasswd -m), SHA-512 or SHA-256 crypt ($6$, $5$), {SHA}, {SSHA} or {PLAIN}.");
}
