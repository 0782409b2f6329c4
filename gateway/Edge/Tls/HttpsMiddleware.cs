using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Forwarding;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>
/// Leads clients to https and keeps them there. Whether a client came over https is what a trusted proxy says of it, where one does; the
/// platform's own middleware looks at the connection alone.
/// </summary>
internal sealed class HttpsMiddleware
{
    private const string AcmeChallenges = "/.well-known/acme-challenge/";

    private readonly RequestDelegate _next;
    private readonly HttpsOptions _options;
    private readonly bool _hasEndpoint;
    private readonly string? _hsts;

    public HttpsMiddleware(RequestDelegate next, IOptions<HttpsOptions> options, TlsEndpoints endpoints)
    {
        _next = next;
        _options = options.Value;
        _hasEndpoint = endpoints.Any;
        _hsts = HeaderOf(_options.Hsts);
    }

    /// <summary>Throws an <see cref="InvalidSettingException"/> when clients would be led to where nobody answers.</summary>
    public static void Check(HttpsOptions options, ForwardingOptions forwarding, TlsEndpoints endpoints)
    {
        if (options.Redirect && !endpoints.Any && forwarding.TrustedProxies is not { Count: > 0 })
        {
            throw new InvalidSettingException(
                $"{HttpsOptions.Section}:{nameof(HttpsOptions.Redirect)}", "nothing answers on https; expected an https endpoint, or Forwarding:TrustedProxies that do.");
        }
    }

    public Task InvokeAsync(HttpContext context)
    {
        var client = context.Features.GetRequiredFeature<Client>();
        if (client.Scheme == Uri.UriSchemeHttps)
        {
            if (_hsts is not null)
            {
                // At the last moment, so that what a destination says of it does not stand there as well.
                context.Response.OnStarting(
                    static state =>
                    {
                        var (response, value) = ((HttpResponse, string))state;
                        response.Headers.StrictTransportSecurity = value;
                        return Task.CompletedTask;
                    },
                    (context.Response, _hsts));
            }

            return _next(context);
        }

        return _options.Redirect
            && (_hasEndpoint || client.IsSchemeTold)
            && !context.Request.Path.StartsWithSegments(AcmeChallenges.TrimEnd('/'), StringComparison.Ordinal)
                ? LeadAsync(context, client)
                : _next(context);
    }

    private Task LeadAsync(HttpContext context, Client client)
    {
        // Browsers do not follow a redirect of a handshake, and other clients would send their token in the clear first, every time.
        if (context.IsHandshake())
        {
            return Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "WebSockets are opened over TLS here; use wss://.", RefusalReason.Request);
        }

        if (new HostString(client.Host).Host is not { Length: > 0 } host)
        {
            return Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "A request without a Host cannot be led to https.");
        }

        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        target = target.StartsWith('/') ? target : UriHelper.BuildRelative(context.Request.PathBase, context.Request.Path, context.Request.QueryString);
        context.Response.Headers.Location = $"https://{host}{(_options.Port == 443 ? "" : $":{_options.Port}")}{target}";
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        return Task.CompletedTask;
    }

    private static string? HeaderOf(HstsOptions hsts) => hsts.MaxAge is not { } age
        ? null
        : FormattableString.Invariant($"max-age={(long)age.TotalSeconds}") + (hsts.IncludeSubDomains ? "; includeSubDomains" : "") + (hsts.Preload ? "; preload" : "");
}
