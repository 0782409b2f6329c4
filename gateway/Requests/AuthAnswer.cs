using System.Globalization;
using System.Net.Http.Headers;

namespace YarpWs.Gateway.Requests;

/// <summary>What was answered to the question of a route's <c>AuthRequest</c>: a feature of the request, absent where nobody was asked.</summary>
internal sealed class AuthAnswer(int status, HttpResponseHeaders headers)
{
    private const string SetCookie = "Set-Cookie";

    /// <summary>Empty where there is none.</summary>
    public static string StatusOf(HttpContext context) => context.Features.Get<AuthAnswer>()?.Status.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>The header of a name in small letters with '_' for '-'; of several cookies the first, because no line can set two.</summary>
    public static string HeaderOf(HttpContext context, string name) => context.Features.Get<AuthAnswer>()?.Header(name.Replace('_', '-')) ?? "";

    /// <summary>The value of a cookie that the answer sets.</summary>
    public static string CookieOf(HttpContext context, string name) => context.Features.Get<AuthAnswer>()?.Cookie(name) ?? "";

    private int Status => status;

    private string Header(string name) => !headers.NonValidated.TryGetValues(name, out var values) ? ""
        : name.Equals(SetCookie, StringComparison.OrdinalIgnoreCase) ? values.First() : string.Join(", ", values);

    private string? Cookie(string name) => !headers.NonValidated.TryGetValues(SetCookie, out var values) ? null
        : values.Select(line => line.Split(';')[0].Trim()).FirstOrDefault(pair => pair.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
