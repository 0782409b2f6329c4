using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace YarpWs.Gateway.Access.Logins;

/// <summary>
/// A secret of 256 random bits that stands for a token once. The store of what it seals needs neither: the name under which that is kept is
/// a hash of the secret, and the key of the seal is derived from it.
/// </summary>
internal sealed class Ticket
{
    /// <summary>Tells a ticket of ours from whatever else an application calls a ticket, and lets scanners for leaked secrets find one.</summary>
    private const string Prefix = "ywt_";

    private const int SecretBytes = 32;
    private const int KeyBytes = 32;

    private static readonly int TagBytes = AesGcm.TagByteSizes.MaxSize;
    private static readonly int NonceBytes = AesGcm.NonceByteSizes.MaxSize;

    private readonly byte[] _secret;

    private Ticket(byte[] secret) => _secret = secret;

    /// <summary>What the client gets, and nobody else.</summary>
    public string Text => Prefix + Base64Url.EncodeToString(_secret);

    /// <summary>Under what the sealed token is kept.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(_secret));

    public static Ticket Create() => new(RandomNumberGenerator.GetBytes(SecretBytes));

    public static bool Resembles(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    public static bool TryParse(string text, [NotNullWhen(true)] out Ticket? ticket)
    {
        var encoded = Resembles(text) ? text.AsSpan(Prefix.Length) : [];
        ticket = Base64Url.IsValid(encoded, out var length) && length == SecretBytes ? new Ticket(Base64Url.DecodeFromChars(encoded)) : null;
        return ticket is not null;
    }

    public byte[] Seal(string token, TicketBinding binding)
    {
        var text = Encoding.UTF8.GetBytes(token);
        var seal = new byte[TagBytes + text.Length];
        using var aes = Cipher(out var nonce);
        aes.Encrypt(nonce, text, seal.AsSpan(TagBytes), seal.AsSpan(0, TagBytes), binding.ToBytes());
        return seal;
    }

    /// <summary>The token; null when it was sealed for another page or path, or is not of this ticket.</summary>
    public string? Open(ReadOnlySpan<byte> seal, TicketBinding binding)
    {
        if (seal.Length < TagBytes)
        {
            return null;
        }

        var text = new byte[seal.Length - TagBytes];
        using var aes = Cipher(out var nonce);
        try
        {
            aes.Decrypt(nonce, seal[TagBytes..], seal[..TagBytes], text, binding.ToBytes());
            return Encoding.UTF8.GetString(text);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>A ticket seals one token, so key and nonce are used once and both may come of the secret.</summary>
    private AesGcm Cipher(out byte[] nonce)
    {
        var derived = HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, KeyBytes + NonceBytes, info: "yarpws ticket 1"u8.ToArray());
        nonce = derived[KeyBytes..];
        return new AesGcm(derived.AsSpan(0, KeyBytes), TagBytes);
    }
}

/// <summary>For which handshake a ticket is good: one from a page of this origin ("" for a client that names none) to this path.</summary>
internal sealed record TicketBinding(string Origin, string Path)
{
    public static TicketBinding Of(HttpRequest handshake) => new(handshake.Headers.Origin.ToString(), handshake.Path.Value ?? "");

    /// <summary>A header holds no line end, so no other pair gives these bytes.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes($"{Origin}\n{Path}");
}
