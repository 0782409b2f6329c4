using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace YarpWs.Backend.Channels;

/// <summary>
/// Fernet tokens, as <c>symmetric_encryption_keys</c> make them: version, time, IV, AES-128-CBC, and HMAC-SHA256 over all of it, in base64url. A key is the SHA-256 of what
/// was configured: its first half signs, its second half encrypts. Any thread may use it.
/// </summary>
internal sealed class Fernet
{
    private const byte Version = 0x80;
    private const int TimeOffset = 1;
    private const int IvOffset = TimeOffset + sizeof(long);
    private const int IvLength = 16;
    private const int CipherOffset = IvOffset + IvLength;
    private const int KeyLength = 16;

    /// <summary>By Fernet's rule: clocks that differ by more make a token that is from the future.</summary>
    private static readonly TimeSpan MaxClockSkew = TimeSpan.FromMinutes(1);

    private readonly byte[][] _keys;
    private readonly TimeProvider _time;

    /// <param name="keys">At least one: the first encrypts, each decrypts.</param>
    /// <param name="time">Dates the tokens.</param>
    public Fernet(IEnumerable<string> keys, TimeProvider time)
    {
        _keys = [.. keys.Select(key => SHA256.HashData(Encoding.UTF8.GetBytes(key)))];
        _time = time;
    }

    public byte[] Encrypt(ReadOnlySpan<byte> text) => Encrypt(text, _time.GetUtcNow(), RandomNumberGenerator.GetBytes(IvLength));

    public byte[] Encrypt(ReadOnlySpan<byte> text, DateTimeOffset now, ReadOnlySpan<byte> iv)
    {
        using var aes = Aes.Create();
        aes.Key = _keys[0][KeyLength..];
        var cipher = aes.EncryptCbc(text, iv);
        var token = new byte[CipherOffset + cipher.Length + HMACSHA256.HashSizeInBytes];
        token[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(token.AsSpan(TimeOffset), now.ToUnixTimeSeconds());
        iv.CopyTo(token.AsSpan(IvOffset));
        cipher.CopyTo(token.AsSpan(CipherOffset));
        var signed = token.AsSpan(..^HMACSHA256.HashSizeInBytes);
        HMACSHA256.HashData(_keys[0].AsSpan(..KeyLength), signed, token.AsSpan(signed.Length));

        // With its padding, which Python's decoder insists on.
        return Encoding.ASCII.GetBytes(Convert.ToBase64String(token).Replace('+', '-').Replace('/', '_'));
    }

    /// <summary>False when no key signed it, when it is older than <paramref name="maxAge"/>, or from the future.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> encoded, TimeSpan maxAge, out byte[] text)
    {
        text = [];
        var token = new byte[Base64Url.GetMaxDecodedLength(encoded.Length)];
        if (Base64Url.DecodeFromUtf8(encoded, token, out _, out var length) != OperationStatus.Done
            || length < CipherOffset + HMACSHA256.HashSizeInBytes
            || token[0] != Version)
        {
            return false;
        }

        var signed = token.AsSpan(..(length - HMACSHA256.HashSizeInBytes));
        var made = BinaryPrimitives.ReadInt64BigEndian(token.AsSpan(TimeOffset));
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        if (made < now - (long)maxAge.TotalSeconds || made > now + (long)MaxClockSkew.TotalSeconds)
        {
            return false;
        }

        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var key in _keys)
        {
            HMACSHA256.HashData(key.AsSpan(..KeyLength), signed, signature);
            if (CryptographicOperations.FixedTimeEquals(signature, token.AsSpan(signed.Length, signature.Length)))
            {
                using var aes = Aes.Create();
                aes.Key = key[KeyLength..];
                try
                {
                    text = aes.DecryptCbc(signed[CipherOffset..], signed.Slice(IvOffset, IvLength));
                    return true;
                }
                catch (CryptographicException)
                {
                    // Signed by us, and yet no whole number of blocks, or no padding: a sender with a fault.
                    return false;
                }
            }
        }

        return false;
    }
}
