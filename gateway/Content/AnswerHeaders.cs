using System.Globalization;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Content;

/// <summary>Adds a route's headers to all that is answered on it, as the answer begins: by destinations, by files and by the gateway itself.</summary>
internal sealed class AnswerHeaders(IReadOnlyList<AnswerHeader> headers, IReadOnlyList<string> removed, TimeSpan? expires, TimeProvider time)
{
    private readonly (string Name, RequestText Value, bool Always)[] _headers =
        [.. headers.Select(header => (header.Name!, RequestText.Parse(HeaderText.Of(header.Value!)), header.Always))];

    public RequestDelegate Then(RequestDelegate next) => context =>
    {
        // Taken when the answer begins: what a destination, a file or the gateway has said by then stands beside it.
        var pending = new Pending(this, context, context.GetEndpoint());
        context.Features.Set(pending);
        context.Response.OnStarting(static state => ((Pending)state).Apply(), pending);
        return next(context);
    };

    private void Apply(HttpContext context)
    {
        var answer = context.Response.Headers;
        foreach (var name in removed)
        {
            answer.Remove(name);
        }

        var isGood = IsGood(InternalRedirect.StatusOf(context));
        if (expires is { } age && isGood)
        {
            // Both from one clock: the platform's Date is up to a second old.
            var now = time.GetUtcNow();
            answer.Date = now.ToString("R", CultureInfo.InvariantCulture);
            answer.Expires = (now + age).ToString("R", CultureInfo.InvariantCulture);
            answer.CacheControl = string.Create(CultureInfo.InvariantCulture, $"max-age={(long)age.TotalSeconds}");
        }

        foreach (var (name, text, always) in _headers)
        {
            if ((always || isGood) && text.Of(context) is { Length: > 0 } value)
            {
                answer.Append(name, value);
            }
        }
    }

    private static bool IsGood(int status) => status is 200 or 201 or 204 or 206 or 301 or 302 or 303 or 304 or 307 or 308;

    /// <summary>An answer of a route. One that was led on to another route has that one's headers alone, as in nginx.</summary>
    private sealed class Pending(AnswerHeaders headers, HttpContext context, Endpoint? endpoint)
    {
        public Task Apply()
        {
            if (context.Features.Get<Pending>() == this && context.GetEndpoint() == endpoint)
            {
                headers.Apply(context);
            }

            return Task.CompletedTask;
        }
    }
}
