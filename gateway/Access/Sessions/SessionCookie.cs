using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.Features;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>
/// The session's cookie. Where the site is https its name begins with <c>__Host-</c>, so that no other site below the same domain can plant one (RFC 6265bis, section 4.1.3.2);
/// over plain http browsers take no such cookie.
/// </summary>
internal sealed class SessionCookie : ICookieManager
{
    private readonly ChunkingCookieManager _platform = new() { ChunkSize = null };

    public string? GetRequestCookie(HttpContext context, string key) => _platform.GetRequestCookie(context, NameOf(context, key));

    public void AppendResponseCookie(HttpContext context, string key, string? value, CookieOptions options) =>
        _platform.AppendResponseCookie(context, NameOf(context, key), value, options);

    public void DeleteCookie(HttpContext context, string key, CookieOptions options) => _platform.DeleteCookie(context, NameOf(context, key), options);

    public static string NameOf(HttpContext context, string key) =>
        context.Features.GetRequiredFeature<Client>().Scheme == Uri.UriSchemeHttps ? "__Host-" + key : key;
}
