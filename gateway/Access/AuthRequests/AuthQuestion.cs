using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using YarpWs.Gateway.Content;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.AuthRequests;

/// <summary>What a route asks about its requests: the client's headers, but for what belongs to its connection and its body, or asks for a part of the answer.</summary>
internal sealed class AuthQuestion(AuthRequestOptions options)
{
    private static readonly HashSet<string> OfRequest = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Connection", "Keep-Alive", "Proxy-Connection", "HTTP2-Settings", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect", "Content-Length",
        "Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range",
    };

    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly RequestText _path = RequestText.Parse(options.Path!);
    private readonly (string Name, RequestText Value)[] _headers = [.. (options.Headers ?? []).Select((RequestHeader header) => (header.Name!, RequestText.Parse(HeaderText.Of(header.Value!))))];
    private readonly HashSet<string> _own = new((options.Headers ?? []).Select(header => header.Name!), StringComparer.OrdinalIgnoreCase);

    /// <param name="destination">Its address, with a path where that has one.</param>
    /// <param name="context">The request that is asked about.</param>
    public HttpRequestMessage ToRequest(string destination, HttpContext context)
    {
        var question = new HttpRequestMessage(HttpMethod.Get, new Uri(string.Concat(destination.AsSpan().TrimEnd('/'), RawPath.EncodeTarget(_path.Of(context))), in AsWritten));
        question.Headers.Host = context.Request.Host.Value;
        foreach (var (name, values) in options.ClientHeaders ? context.Request.Headers : Enumerable.Empty<KeyValuePair<string, StringValues>>())
        {
            if (!OfRequest.Contains(name) && !_own.Contains(name))
            {
                // What describes a body is no header of a request without one, and is not added.
                question.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        foreach (var (name, text) in _headers)
        {
            if (text.Of(context) is not { Length: > 0 } value)
            {
                continue;
            }

            if (name.Equals("Host", StringComparison.OrdinalIgnoreCase))
            {
                question.Headers.Host = value;
            }
            else
            {
                question.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return question;
    }

    /// <summary>The question as a request of its own, for those who balance and judge requests.</summary>
    public DefaultHttpContext ContextOf(HttpContext context)
    {
        var question = new DefaultHttpContext();
        question.Request.Method = HttpMethods.Get;
        question.Request.Host = context.Request.Host;
        question.Request.Path = PathString.FromUriComponent(RawPath.EncodeTarget(_path.Of(context)).Split('?')[0]);
        question.Request.Headers.Cookie = context.Request.Headers.Cookie;
        question.Features.Set(context.Features.GetRequiredFeature<Client>());
        return question;
    }
}
