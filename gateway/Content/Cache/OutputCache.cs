using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Content.Cache;

/// <summary>
/// Answers a route's requests with what its destinations said before, behind whatever the route asks of them: (1) a request that is for its own client alone goes by; (2) an
/// answer that is good is given; (3) of those that want the same one asks its destination, and the others wait for it, or get what was good until a moment ago; (4) what is
/// answered is kept where it may be. A client that goes while it asks for others has one of them ask next.
/// </summary>
internal sealed class OutputCache
{
    private readonly CacheOptions _options;
    private readonly CacheStore _store;
    private readonly TimeProvider _time;
    private readonly CacheFills _fills = new();
    private readonly RequestText[] _bypass;
    private readonly RequestText[] _noStore;
    private readonly RouteAnswers _answers;

    public OutputCache(string route, CacheOptions options, CacheStore store, TimeProvider time)
    {
        (_options, _store, _time) = (options, store, time);
        _bypass = [.. (options.Bypass ?? []).Select(RequestText.Parse)];
        _noStore = [.. (options.NoStore ?? []).Select(RequestText.Parse)];
        _answers = new RouteAnswers(route, options.Key, store);
    }

    public RequestDelegate Then(RequestDelegate forward) => context => InvokeAsync(context, forward);

    private async Task InvokeAsync(HttpContext context, RequestDelegate forward)
    {
        // 1
        var isBypassed = AreAny(_bypass, context);
        if (isBypassed)
        {
            CacheOutcome.Set(context, CacheOutcome.Bypass);
        }

        if (!IsForOthers(context))
        {
            await forward(context);
            return;
        }

        var key = _answers.KeyOf(context);
        if (isBypassed)
        {
            await FillAsync(context, forward, key, stale: null, _ => { });
            return;
        }

        var startedAt = _time.GetTimestamp();
        while (true)
        {
            // 2
            var (answer, variant) = _answers.Find(context, key);
            var age = answer is null ? TimeSpan.Zero : _time.GetElapsedTime(answer.StoredAt);
            if (answer is not null && age < answer.Lifetime)
            {
                CacheOutcome.Set(context, CacheOutcome.Hit);
                await KeptAnswer.WriteAsync(context, answer, age);
                return;
            }

            if (HttpMethods.IsHead(context.Request.Method))
            {
                CacheOutcome.Set(context, CacheOutcome.Miss);
                await forward(context);
                return;
            }

            // 3
            var (fill, isOwn) = _fills.Begin(variant);
            if (isOwn)
            {
                CacheOutcome.Set(context, answer is null ? CacheOutcome.Miss : CacheOutcome.Expired);
                var stale = answer is not null && age < answer.Lifetime + answer.StaleIfError ? answer : null;
                await FillAsync(context, forward, key, stale, result => _fills.End(variant, fill, result));
                return;
            }

            if (answer is not null && age < answer.Lifetime + answer.StaleWhileRevalidate)
            {
                CacheOutcome.Set(context, CacheOutcome.Updating);
                await KeptAnswer.WriteAsync(context, answer, age);
                return;
            }

            if (await WaitAsync(context, fill, startedAt) is not { } result)
            {
                return;
            }

            if (result == FillResult.NotForOthers)
            {
                CacheOutcome.Set(context, CacheOutcome.Miss);
                await FillAsync(context, forward, key, stale: null, _ => { });
                return;
            }
        }
    }

    /// <summary>Null when the client has gone. One that has waited for long enough asks by itself.</summary>
    private async Task<FillResult?> WaitAsync(HttpContext context, CacheFill fill, long startedAt)
    {
        var left = _options.LockTimeout - _time.GetElapsedTime(startedAt);
        if (left <= TimeSpan.Zero)
        {
            return FillResult.NotForOthers;
        }

        try
        {
            return await fill.Ended.WaitAsync(left, _time, context.RequestAborted);
        }
        catch (TimeoutException)
        {
            return FillResult.NotForOthers;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Asks the destination, passes its answer on, and keeps it where it may be.</summary>
    /// <param name="context">The request.</param>
    /// <param name="forward">Asks.</param>
    /// <param name="key">Under which it is kept.</param>
    /// <param name="stale">What is given in place of an error; null for nothing.</param>
    /// <param name="end">Told what became of it, the first time at the earliest moment at which that is known.</param>
    private async Task FillAsync(HttpContext context, RequestDelegate forward, string key, CachedAnswer? stale, Action<FillResult> end)
    {
        // 4
        CachedAnswer? head = null;
        string[] vary = [];
        var generation = _store.Generation;
        var inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var conditions = TakeConditions(context.Request.Headers);
        using var body = new RecordedBody(inner, Decide, _store, _options.MaxBodyBytes, () => end(FillResult.NotForOthers));
        context.Features.Set<IHttpResponseBodyFeature>(body);
        try
        {
            await forward(context);
            await body.Writer.FlushAsync();
            var fate = body.Fate;
            context.Features.Set(inner);
            if (fate == RecordedFate.Dropped)
            {
                CacheOutcome.Set(context, CacheOutcome.Stale);
                context.Response.Clear();
                GiveBack(context.Request.Headers, conditions);
                await KeptAnswer.WriteAsync(context, stale!, _time.GetElapsedTime(stale!.StoredAt));
            }
            else if (fate == RecordedFate.Recorded && IsWhole(context, body.Recorded.Length))
            {
                _answers.Keep(context, key, vary, head! with { Body = body.Recorded.ToArray() }, generation);
                end(FillResult.Kept);
            }
        }
        finally
        {
            context.Features.Set(inner);
            GiveBack(context.Request.Headers, conditions);
            end(FillResult.Broken);
        }

        RecordedFate Decide()
        {
            if (stale is not null && context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            {
                return RecordedFate.Dropped;
            }

            vary = VaryOf(context.Response);
            head = context.GetForwarderErrorFeature() is null && !AreAny(_noStore, context) ? CacheRules.Judge(_options, context.Response, _time.GetUtcNow(), _time.GetTimestamp()) : null;
            if (head is not null)
            {
                return RecordedFate.Recorded;
            }

            end(FillResult.NotForOthers);
            return RecordedFate.Passed;
        }
    }

    /// <summary>Whether nobody broke off before the end of the answer that was told.</summary>
    private static bool IsWhole(HttpContext context, int length) =>
        !context.RequestAborted.IsCancellationRequested && context.GetForwarderErrorFeature() is null
        && (context.Response.ContentLength is not { } told || told == length || context.Response.StatusCode == StatusCodes.Status204NoContent);

    /// <summary>Whether an answer could be one for others as well, and one of theirs for this client.</summary>
    private bool IsForOthers(HttpContext context)
    {
        var (request, headers) = (context.Request, context.Request.Headers);
        return (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && !context.IsHandshake()
            && request.ContentLength is null or 0 && headers.TransferEncoding.Count == 0
            && headers.Range.Count == 0 && headers.Upgrade.Count == 0

            // A destination that obeys it answers another request than the one that is asked here.
            && !headers.ContainsKey("X-HTTP-Method-Override") && !headers.ContainsKey("X-HTTP-Method") && !headers.ContainsKey("X-Method-Override")
            && (_options.WithAuthorization
                || (headers.Authorization.Count == 0 && context.User.Identity is not { IsAuthenticated: true } && context.Features.Get<RemoteUser>() is null && context.Features.Get<AuthAnswer>() is null));
    }

    /// <summary>An answer that is encoded is for those who take its encoding, also where its destination forgets to say so.</summary>
    private static string[] VaryOf(HttpResponse response)
    {
        var vary = CacheRules.VaryOf(response.Headers);
        return response.Headers.ContentEncoding.Count > 0 && !vary.Contains("accept-encoding") ? [.. vary, "accept-encoding"] : vary;
    }

    private static bool AreAny(RequestText[] texts, HttpContext context) => Array.Exists(texts, text => text.Of(context) is { Length: > 0 } value && value != "0");

    /// <summary>The destination is asked for the whole answer; who has it already is told so here.</summary>
    private static List<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> TakeConditions(IHeaderDictionary headers)
    {
        var taken = new List<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>>();
        foreach (var name in (string[])[HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince, HeaderNames.IfMatch, HeaderNames.IfUnmodifiedSince])
        {
            if (headers.TryGetValue(name, out var value))
            {
                headers.Remove(name);
                taken.Add(new(name, value));
            }
        }

        return taken;
    }

    private static void GiveBack(IHeaderDictionary headers, List<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> taken)
    {
        foreach (var (name, value) in taken)
        {
            headers[name] = value;
        }
    }
}
