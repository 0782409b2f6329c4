using System.Text;

namespace YarpWs.Gateway.Access.Basic;

/// <summary>The base 64 of crypt(3): an alphabet of its own, and the low bits first.</summary>
internal static class CryptText
{
    private const string Alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static void Append(StringBuilder text, int high, int middle, int low, int characters)
    {
        var bits = (high << 16) | (middle << 8) | low;
        for (; characters > 0; characters--, bits >>= 6)
        {
            text.Append(Alphabet[bits & 63]);
        }
    }
}
