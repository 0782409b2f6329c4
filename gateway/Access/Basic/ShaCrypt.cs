using System.Security.Cryptography;
using System.Text;

namespace YarpWs.Gateway.Access.Basic;

/// <summary>SHA-256 and SHA-512 crypt, as U. Drepper specified them ("Unix crypt using SHA-256 and SHA-512").</summary>
internal static class ShaCrypt
{
    /// <summary>What stands behind the salt.</summary>
    public static string Hash(ReadOnlySpan<byte> password, string salt, int rounds, bool is512)
    {
        using var hash = IncrementalHash.CreateHash(is512 ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);
        var salted = Encoding.ASCII.GetBytes(salt);

        hash.AppendData(password);
        hash.AppendData(salted);
        hash.AppendData(password);
        var between = hash.GetHashAndReset();

        hash.AppendData(password);
        hash.AppendData(salted);
        hash.AppendData(Repeated(between, password.Length));
        for (var bits = password.Length; bits > 0; bits >>= 1)
        {
            hash.AppendData((bits & 1) == 1 ? between : password);
        }

        var sum = hash.GetHashAndReset();
        for (var count = 0; count < password.Length; count++)
        {
            hash.AppendData(password);
        }

        var passwordBytes = Repeated(hash.GetHashAndReset(), password.Length);
        for (var count = 0; count < 16 + sum[0]; count++)
        {
            hash.AppendData(salted);
        }

        var saltBytes = Repeated(hash.GetHashAndReset(), salted.Length);
        for (var round = 0; round < rounds; round++)
        {
            hash.AppendData((round & 1) == 1 ? passwordBytes : sum);
            if (round % 3 != 0)
            {
                hash.AppendData(saltBytes);
            }

            if (round % 7 != 0)
            {
                hash.AppendData(passwordBytes);
            }

            hash.AppendData((round & 1) == 1 ? sum : passwordBytes);
            hash.GetHashAndReset(sum);
        }

        return is512 ? Text512(sum) : Text256(sum);
    }

    private static string Text512(byte[] sum)
    {
        var text = new StringBuilder(86);
        for (var (first, second, third) = (0, 21, 42); text.Length < 84; (first, second, third) = (second + 1, third + 1, first + 1))
        {
            CryptText.Append(text, sum[first], sum[second], sum[third], 4);
        }

        CryptText.Append(text, 0, 0, sum[63], 2);
        return text.ToString();
    }

    private static string Text256(byte[] sum)
    {
        var text = new StringBuilder(43);
        for (var (first, second, third) = (0, 10, 20); text.Length < 40; (first, second, third) = (third + 1, first + 1, second + 1))
        {
            CryptText.Append(text, sum[first], sum[second], sum[third], 4);
        }

        CryptText.Append(text, 0, sum[31], sum[30], 3);
        return text.ToString();
    }

    private static byte[] Repeated(byte[] bytes, int length)
    {
        var all = new byte[length];
        for (var at = 0; at < length; at++)
        {
            all[at] = bytes[at % bytes.Length];
        }

        return all;
    }
}
