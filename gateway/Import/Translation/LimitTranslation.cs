using System.Text.RegularExpressions;
using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>How often a location may be asked, and how many requests may be under way there.</summary>
/// <param name="scope">The location's block, or the server's for what no location takes.</param>
/// <param name="variables">What holds here.</param>
/// <param name="server">The server that it is one of.</param>
/// <param name="draft">Its route.</param>
/// <param name="report">Where it is told.</param>
internal sealed partial class LimitTranslation(Scope scope, Variables variables, ServerTranslation server, RouteDraft draft, ImportReport report)
{
    public void Add()
    {
        AddCounts();
        AddRates();
        foreach (var directive in scope.FindAll("limit_rate", "limit_rate_after"))
        {
            report.Say(directive, ImportOutcome.Unsupported, "Answers are sent as fast as clients take them.");
        }
    }

    private void AddCounts()
    {
        var limits = new List<object>();
        foreach (var limit in scope.FindAll("limit_conn"))
        {
            var zone = server.ZoneOf(limit);
            var key = zone is { Name: "limit_conn_zone" } ? variables.Translate(zone.Argument.Replace("$binary_remote_addr", "$remote_addr", StringComparison.Ordinal)).Text : null;
            if (key is { Length: > 0 } && int.TryParse(limit.Arguments.ElementAtOrDefault(1), out var count) && count > 0)
            {
                var json = new CommentedJson().Set("Zone", limit.Argument).Set("Key", key).Set("Requests", count);
                json.Set("Status", int.TryParse(scope.Find("limit_conn_status")?.Argument, out var status) ? status : 503);
                limits.Add(scope.IsOn("limit_conn_dry_run") ? json.Set("DryRun", true) : json);
                report.Say(zone!, ImportOutcome.Kept, "RequestLimits: Zone and Key.");
                report.Say(limit, ImportOutcome.Kept, "RequestLimits; a socket counts as long as it lives.");
            }
            else
            {
                RefuseLimit(limit, zone, "Its zone is not there, or counts by what has no counterpart.");
            }
        }

        if (limits.Count > 0)
        {
            draft.Route.Set("RequestLimits", limits);
            foreach (var directive in new[] { scope.Find("limit_conn_status"), scope.Find("limit_conn_dry_run") }.OfType<Directive>())
            {
                report.Say(directive, ImportOutcome.Kept, directive.Name == "limit_conn_status" ? "RequestLimits:Status." : "RequestLimits:DryRun.");
            }
        }
    }

    private void AddRates()
    {
        var rates = new List<object>();
        foreach (var limit in scope.FindAll("limit_req"))
        {
            if (server.ZoneOf(limit) is { Name: "limit_req_zone" } zone && RateOf(limit, zone) is { } rate)
            {
                rates.Add(rate);
                report.Say(zone, ImportOutcome.Kept, "RequestRates: Zone, Key, Requests and Per. Its size has no counterpart: it holds 65,536 keys.");
                report.Say(limit, ImportOutcome.Kept, "RequestRates.");
            }
            else
            {
                RefuseLimit(limit, server.ZoneOf(limit), "Its zone is not there, or counts by what has no counterpart.");
            }
        }

        if (rates.Count > 0)
        {
            draft.Route.Set("RequestRates", rates);
            foreach (var directive in new[] { scope.Find("limit_req_status"), scope.Find("limit_req_dry_run") }.OfType<Directive>())
            {
                report.Say(directive, ImportOutcome.Kept, directive.Name == "limit_req_status" ? "RequestRates:Status." : "RequestRates:DryRun.");
            }
        }
    }

    /// <summary>Null where something of it has no counterpart.</summary>
    private CommentedJson? RateOf(Directive limit, Directive zone)
    {
        var (key, _) = variables.Translate(zone.Argument.Replace("$binary_remote_addr", "$remote_addr", StringComparison.Ordinal));
        var rate = RatePattern().Match(OptionOf(zone, "rate=") ?? "1r/s");
        if (key is null || !rate.Success || !int.TryParse(rate.Groups["count"].Value, out var requests) || !int.TryParse(OptionOf(limit, "burst=") ?? "0", out var burst))
        {
            return null;
        }

        var json = new CommentedJson().Set("Zone", OptionOf(limit, "zone=")!).Set("Key", key).Set("Requests", requests);
        if (rate.Groups["unit"].Value == "m")
        {
            json.Set("Per", "00:01:00");
        }

        if (burst > 0)
        {
            json.Set("Burst", burst);
            if (!limit.Arguments.Contains("nodelay"))
            {
                if (!int.TryParse(OptionOf(limit, "delay=") ?? "0", out var atOnce))
                {
                    return null;
                }

                json.Set("DelayBeyond", Math.Min(atOnce, burst));
            }
        }

        json.Set("Status", int.TryParse(scope.Find("limit_req_status")?.Argument, out var status) ? status : 503);
        return scope.IsOn("limit_req_dry_run") ? json.Set("DryRun", true) : json;
    }

    private static string? OptionOf(Directive directive, string option) =>
        directive.Arguments.FirstOrDefault(argument => argument.StartsWith(option, StringComparison.Ordinal))?[option.Length..].Split(':')[0];

    private void RefuseLimit(Directive limit, Directive? zone, string why)
    {
        if (server.IsAllowed(limit.Name))
        {
            report.Say(limit, ImportOutcome.Unsupported, $"{why} The location answers without a limit.");
        }
        else
        {
            draft.Refuse(limit, $"{why} Take the limit out, or import with --allow {limit.Name} to do without.");
        }

        if (zone is not null)
        {
            report.Say(zone, ImportOutcome.Changed, "Nothing is counted in it.");
        }
    }

    [GeneratedRegex("^(?<count>[0-9]+)r/(?<unit>[sm])$")]
    private static partial Regex RatePattern();
}
