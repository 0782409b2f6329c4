using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Gateway.Routes;

/// <summary>A request that an operator asks about.</summary>
/// <param name="Url">Absolute: http, https, ws or wss.</param>
/// <param name="Method">Default GET.</param>
/// <param name="Headers">Each as "Name: value"; default none.</param>
internal sealed record ExplainedRequest(string Url, string? Method = null, IReadOnlyList<string>? Headers = null)
{
    /// <summary>Why it cannot be explained; null when it can.</summary>
    public string? Complaint()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https" or "ws" or "wss"))
        {
            return $"'{Url}' is no URL; write one such as wss://app.example.com/ws/start/blue.";
        }

        return Headers?.FirstOrDefault(header => header.IndexOf(':', StringComparison.Ordinal) <= 0) is { } wrong ? $"'{wrong}' is no header; write NAME: VALUE." : null;
    }

    public HttpContext ToContext(IServiceProvider services)
    {
        var uri = new Uri(Url);
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Method = (Method ?? HttpMethods.Get).ToUpperInvariant();
        context.Request.Scheme = uri.Scheme.Replace("ws", "http", StringComparison.Ordinal);
        context.Request.Host = uri.IsDefaultPort ? new HostString(uri.IdnHost) : new HostString(uri.IdnHost, uri.Port);
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = TargetOf(Url);
        context.Connection.LocalPort = uri.Port;
        context.Request.Path = PathString.FromUriComponent(uri);
        context.Request.QueryString = QueryString.FromUriComponent(uri);
        foreach (var header in Headers ?? [])
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            context.Request.Headers.Append(header[..colon].Trim(), header[(colon + 1)..].Trim());
        }

        return context;
    }

    /// <summary>As it is written: a Uri resolves escapes and dots.</summary>
    private static string TargetOf(string url)
    {
        var start = url.AsSpan(url.IndexOf("://", StringComparison.Ordinal) + 3);
        var target = start.IndexOfAny('/', '?') is >= 0 and var end ? start[end..] : "/";
        return target is ['?', ..] ? $"/{target}" : target.ToString();
    }
}
