using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace YarpWs.Gateway.Access.Basic;

/// <summary>The MD5 crypt of Apache (<c>$apr1$</c>) and of FreeBSD (<c>$1$</c>), a thousand rounds.</summary>
[SuppressMessage("Security", "CA5351", Justification = "What a file holds was hashed before; htpasswd makes these unless it is told otherwise.")]
internal static class Md5Crypt
{
    /// <summary>What stands behind the salt.</summary>
    public static string Hash(ReadOnlySpan<byte> password, string magic, string salt)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var salted = Encoding.ASCII.GetBytes(salt);

        hash.AppendData(password);
        hash.AppendData(salted);
        hash.AppendData(password);
        var sum = hash.GetHashAndReset();

        hash.AppendData(password);
        hash.AppendData(Encoding.ASCII.GetBytes(magic));
        hash.AppendData(salted);
        for (var left = password.Length; left > 0; left -= sum.Length)
        {
            hash.AppendData(sum.AsSpan(0, Math.Min(left, sum.Length)));
        }

        for (var bits = password.Length; bits > 0; bits >>= 1)
        {
            hash.AppendData((bits & 1) == 1 ? [0] : password[..1]);
        }

        hash.GetHashAndReset(sum);
        for (var round = 0; round < 1_000; round++)
        {
            hash.AppendData((round & 1) == 1 ? password : sum);
            if (round % 3 != 0)
            {
                hash.AppendData(salted);
            }

            if (round % 7 != 0)
            {
                hash.AppendData(password);
            }

            hash.AppendData((round & 1) == 1 ? sum : password);
            hash.GetHashAndReset(sum);
        }

        var text = new StringBuilder(22);
        for (var at = 0; at < 5; at++)
        {
            CryptText.Append(text, sum[at], sum[at + 6], at == 4 ? sum[5] : sum[at + 12], 4);
        }

        CryptText.Append(text, 0, 0, sum[11], 2);
        return text.ToString();
    }
}
