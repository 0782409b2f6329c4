using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// Encrypts the keys of sessions as they lie in Redis, under a key that comes of the client's secret: who reads Redis reads no session. With another secret there are other
/// keys, and everybody logs in again.
/// </summary>
internal sealed class SessionKeyEncryption : IXmlEncryptor
{
    private static readonly int TagBytes = AesGcm.TagByteSizes.MaxSize;
    private static readonly int NonceBytes = AesGcm.NonceByteSizes.MaxSize;

    private readonly byte[] _key;

    public SessionKeyEncryption(string clientSecret)
    {
        var secret = Encoding.UTF8.GetBytes(clientSecret);
        _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "yarpws session keys 1"u8.ToArray());
        Name = Convert.ToHexStringLower(HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 8, info: "yarpws session keys name 1"u8.ToArray()));
    }

    /// <summary>Tells keys of one secret from those of another, and nothing of the secret.</summary>
    public string Name { get; }

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var text = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var box = new byte[NonceBytes + TagBytes + text.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(_key, TagBytes);
        aes.Encrypt(box.AsSpan(0, NonceBytes), text, box.AsSpan(NonceBytes + TagBytes), box.AsSpan(NonceBytes, TagBytes));
        return new EncryptedXmlInfo(new XElement("sealed", Convert.ToBase64String(box)), typeof(SessionKeyDecryption));
    }

    /// <summary>Throws <see cref="CryptographicException"/> for what was encrypted under another secret.</summary>
    public XElement Decrypt(XElement encryptedElement)
    {
        var box = Convert.FromBase64String(encryptedElement.Value);
        var text = new byte[box.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(_key, TagBytes);
        aes.Decrypt(box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes + TagBytes), box.AsSpan(NonceBytes, TagBytes), text);
        return XElement.Parse(Encoding.UTF8.GetString(text));
    }
}

/// <summary>The other direction. The platform makes it by its name, which stands beside each key.</summary>
internal sealed class SessionKeyDecryption(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement) => services.GetRequiredService<SessionKeyEncryption>().Decrypt(encryptedElement);
}
