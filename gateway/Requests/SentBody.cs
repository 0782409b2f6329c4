namespace YarpWs.Gateway.Requests;

/// <summary>
/// What has become of the body of a request that is forwarded. A client sends it once: what was taken of it for one try is lost for the next, unless it was kept.
/// It stands among the request's features from the first try on.
/// </summary>
internal sealed class SentBody
{
    private static readonly HttpRequestOptionsKey<SentBody> Key = new("YarpWs.SentBody");

    /// <summary>Sending it has begun.</summary>
    public bool HasBegun { get; set; }

    /// <summary>The whole of it, where it was kept.</summary>
    public byte[]? Kept { get; set; }

    /// <summary>Whether it can be sent whole, as far as is known.</summary>
    public bool IsWhole => !HasBegun || Kept is not null;

    /// <summary>That of a request to a destination; a new one when nothing is known of it.</summary>
    public static SentBody Of(HttpRequestMessage request) => request.Options.TryGetValue(Key, out var sent) ? sent : new SentBody();

    /// <summary>Passes on what is known to the next request to a destination.</summary>
    public static void Pass(HttpContext context, HttpRequestMessage request)
    {
        if (context.Features.Get<SentBody>() is not { } sent)
        {
            context.Features.Set(sent = new SentBody());
        }

        request.Options.Set(Key, sent);
    }
}
