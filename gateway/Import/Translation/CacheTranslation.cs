using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>proxy_cache and what belongs to it, as a route's Cache. A cache whose key or conditions cannot be kept is none: each request is forwarded.</summary>
/// <param name="scope">The location's block.</param>
/// <param name="variables">What holds there.</param>
/// <param name="server">The server that it is one of.</param>
/// <param name="draft">Its route.</param>
/// <param name="report">Where it is told.</param>
internal sealed class CacheTranslation(Scope scope, Variables variables, ServerTranslation server, RouteDraft draft, ImportReport report)
{
    private static readonly TimeSpan DefaultInactive = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestAge = TimeSpan.FromDays(365);
    private static readonly string[] DefaultStatuses = ["200", "301", "302"];

    /// <summary>What "any" stands for, but for parts and 304, which are never kept.</summary>
    private static readonly string[] AnyStatus =
        ["200", "201", "202", "203", "204", "300", "301", "302", "303", "307", "308", "400", "401", "403", "404", "405", "406", "409", "410", "413", "414", "415", "422", "429", "451", "500", "501", "502", "503", "504"];

    /// <param name="address">What the location's proxy_pass names.</param>
    public void Add(ProxyAddress address)
    {
        if (scope.Find("proxy_cache") is not { } zone)
        {
            return;
        }

        if (zone.Argument == "off")
        {
            report.Say(zone, ImportOutcome.Kept, "Nothing is kept.");
            return;
        }

        var known = variables.WithConstant("proxy_host", address.Host).WithConstant("binary_remote_addr", "$remote_addr");
        var cache = new CommentedJson();
        if (AddKey(cache, known) is { } unknown || (unknown = AddTexts(cache, known, "proxy_cache_bypass", "Bypass") ?? AddTexts(cache, known, "proxy_no_cache", "NoStore")) is not null)
        {
            report.Say(zone, ImportOutcome.Changed, $"Nothing is kept, so that no answer reaches another client than with nginx: {unknown} has no counterpart. The destination has the load.");
            return;
        }

        AddAges(cache);
        AddStale(cache, server.CachePathOf(zone));
        AddIgnored(cache);
        AddLock(cache);
        draft.Route.Set("Cache", cache);
        report.Say(zone, ImportOutcome.Kept, "Cache. Answers to a request with Authorization, or with a login, are never kept; WithAuthorization says otherwise.");
        SayPath(server.CachePathOf(zone));
    }

    /// <summary>Returns the variable that has no counterpart, if there is one.</summary>
    private string? AddKey(CommentedJson cache, Variables known)
    {
        if (scope.Find("proxy_cache_key") is not { } key)
        {
            return null;
        }

        var (text, unknown) = known.Translate(string.Concat(key.Arguments));
        if (text is { Length: > 0 })
        {
            cache.Set("Key", text);
            report.Say(key, ImportOutcome.Kept, "Cache:Key.");
        }

        return text is null ? unknown : null;
    }

    private string? AddTexts(CommentedJson cache, Variables known, string name, string key)
    {
        var texts = new List<object>();
        foreach (var directive in scope.FindAll(name))
        {
            foreach (var argument in directive.Arguments)
            {
                var (text, unknown) = known.Translate(argument);
                if (text is null)
                {
                    return unknown;
                }

                texts.Add(text);
            }

            report.Say(directive, ImportOutcome.Kept, $"Cache:{key}.");
        }

        if (texts.Count > 0)
        {
            cache.Set(key, texts);
        }

        return null;
    }

    private void AddAges(CommentedJson cache)
    {
        var (ages, never) = (new List<object>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var valid in scope.FindAll("proxy_cache_valid"))
        {
            var statuses = valid.Arguments.SkipLast(1).ToList();
            var named = (statuses.Count == 0 ? DefaultStatuses : statuses.SelectMany(status => status == "any" ? AnyStatus : [status])).Where(status => status is not ("206" or "304")).Except(never).Distinct().ToList();
            if (NginxValue.Time(valid.Arguments is [.., var last] ? last : "") is not { } age)
            {
                report.Say(valid, ImportOutcome.Changed, "It names no time: such answers are not kept.");
            }
            else if (age == TimeSpan.Zero)
            {
                never.UnionWith(named);
                report.Say(valid, ImportOutcome.Kept, "Not kept.");
            }
            else
            {
                var kept = new CommentedJson();
                if (!named.SequenceEqual(DefaultStatuses))
                {
                    kept.Set("Statuses", (List<object>)[.. named.Select(status => (object)int.Parse(status, System.Globalization.CultureInfo.InvariantCulture))]);
                }

                ages.Add(kept.Set("Age", NginxValue.Write(age > LongestAge ? LongestAge : age)));
                report.Say(valid, age > LongestAge ? ImportOutcome.Changed : ImportOutcome.Kept, "Cache:Ages, for answers that do not say themselves how long they are good.");
            }
        }

        if (ages.Count > 0)
        {
            cache.Set("Ages", ages);
        }
    }

    private void AddStale(CommentedJson cache, Directive? path)
    {
        if (scope.Find("proxy_cache_use_stale") is not { } stale)
        {
            return;
        }

        // nginx gives what is stale for as long as it is asked for within this time.
        var inactive = NginxValue.Time(path?.Arguments.FirstOrDefault(argument => argument.StartsWith("inactive=", StringComparison.Ordinal))?[9..] ?? "") ?? DefaultInactive;
        if (stale.Arguments.Contains("updating"))
        {
            cache.Set("StaleWhileRevalidate", NginxValue.Write(inactive > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : inactive));
        }

        if (stale.Arguments.Any(argument => argument is "error" or "timeout" || argument.StartsWith("http_5", StringComparison.Ordinal)))
        {
            cache.Set("StaleIfError", NginxValue.Write(inactive > TimeSpan.FromDays(7) ? TimeSpan.FromDays(7) : inactive));
        }

        var others = stale.Arguments.Where(argument => argument is "http_403" or "http_404" or "http_429" or "invalid_header").ToList();
        report.Say(stale, others.Count == 0 ? ImportOutcome.Kept : ImportOutcome.Changed,
            $"Cache:StaleIfError, of what fails and of 5xx, and StaleWhileRevalidate, for as long as the zone's inactive.{(others.Count == 0 ? "" : $" What {string.Join(" and ", others)} names goes through.")}");
    }

    private void AddIgnored(CommentedJson cache)
    {
        List<string> ignored = [.. scope.FindAll("proxy_ignore_headers").SelectMany(directive => directive.Arguments)];
        if (ignored.Any(name => name.Equals("Cache-Control", StringComparison.OrdinalIgnoreCase) || name.Equals("Expires", StringComparison.OrdinalIgnoreCase)))
        {
            cache.Set("IgnoreCacheControl", true);
        }

        if (ignored.Contains("Set-Cookie", StringComparer.OrdinalIgnoreCase))
        {
            cache.Set("WithSetCookie", true);
        }

        var others = ignored.Except(["Cache-Control", "Expires", "Set-Cookie", "X-Accel-Expires", "X-Accel-Buffering", "X-Accel-Redirect", "X-Accel-Charset", "X-Accel-Limit-Rate"], StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var directive in scope.FindAll("proxy_ignore_headers"))
        {
            report.Say(directive, others.Count == 0 ? ImportOutcome.Kept : ImportOutcome.Changed, $"Cache:IgnoreCacheControl and WithSetCookie: cookies themselves are not kept.{(others.Count == 0 ? "" : $" {string.Join(", ", others)} counts all the same.")}");
        }
    }

    private void AddLock(CommentedJson cache)
    {
        if (scope.Find("proxy_cache_lock_timeout") is { } timeout && NginxValue.Time(timeout.Argument) is { } time)
        {
            cache.Set("LockTimeout", NginxValue.Write(time < TimeSpan.FromSeconds(0.01) ? TimeSpan.FromSeconds(0.01) : time > TimeSpan.FromMinutes(10) ? TimeSpan.FromMinutes(10) : time));
            report.Say(timeout, ImportOutcome.Kept, "Cache:LockTimeout.");
        }

        foreach (var (name, isSame, why) in new[]
        {
            ("proxy_cache_lock", true, "Of those that want the same answer one asks, always."),
            ("proxy_cache_lock_age", true, "One that asks and gets no answer ends, and another asks."),
            ("proxy_cache_revalidate", false, "What is stale is asked for whole."),
            ("proxy_cache_background_update", false, "The request that finds an answer stale waits for the next; the others get the stale one."),
            ("proxy_cache_convert_head", false, "HEAD is answered of what is kept, and otherwise forwarded."),
        })
        {
            if (scope.Find(name) is { } directive)
            {
                report.Say(directive, isSame || directive.Argument == "off" ? ImportOutcome.Kept : ImportOutcome.Changed, why);
            }
        }

        if (scope.Find("proxy_cache_methods") is { } methods)
        {
            report.Say(methods, methods.Arguments.All(method => method is "GET" or "HEAD") ? ImportOutcome.Kept : ImportOutcome.Changed, "Answers to GET and HEAD alone are kept; others are forwarded.");
        }

        if (scope.Find("proxy_cache_min_uses") is { } uses)
        {
            report.Say(uses, uses.Argument == "1" ? ImportOutcome.Kept : ImportOutcome.Changed, "An answer is kept when it is first asked for.");
        }
    }

    private void SayPath(Directive? path)
    {
        if (path is not null)
        {
            report.Say(path, ImportOutcome.Changed, "Answers are kept in memory, all together up to Cache:MaxBytes (64 MiB), each up to the route's Cache:MaxBodyBytes (1 MiB).");
        }
    }
}
