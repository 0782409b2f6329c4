using System.Security.Cryptography;
using System.Text;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Rates;

/// <summary>By what a rate or a limit counts a request.</summary>
internal sealed class CountedKey(string text)
{
    /// <summary>Of a longer key a hash is kept, so that no client chooses how much memory it takes.</summary>
    private const int MostLength = 128;

    private readonly RequestText _text = RequestText.Parse(text);

    /// <summary>Empty for a request that is not counted.</summary>
    public string Of(HttpContext context) => Bounded(_text.Of(context));

    /// <summary>What stands for a key of whatever length.</summary>
    public static string Bounded(string key) => key.Length <= MostLength ? key : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Whether it is known only once a request has its login.</summary>
    public static bool NeedsLogin(string text) => VariableText.Parse(text).Any(part => part.Name == RequestVariables.RemoteUser);
}
