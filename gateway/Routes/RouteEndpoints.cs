using Yarp.ReverseProxy.Configuration;
using YarpWs.Gateway.Access;
using YarpWs.Gateway.Access.AuthRequests;
using YarpWs.Gateway.Access.Basic;
using YarpWs.Gateway.Access.Rates;
using YarpWs.Gateway.Content;
using YarpWs.Gateway.Content.Cache;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Sockets.Limits;
using YarpWs.Gateway.Telemetry.AccessLogs;

namespace YarpWs.Gateway.Routes;

/// <summary>
/// Makes of what a route says beside the proxy's own keys what its endpoint does: once, when the proxy makes the endpoint. A route that says none of it has
/// the endpoint that the proxy made.
/// </summary>
internal sealed class RouteEndpoints(
    IHostEnvironment host, InternalRedirects redirects, LimitZones zones, LimitReport limits, Passwords passwords, AuthRequests authRequests, NamedLogs accessLogs, CacheStore cache, TimeProvider time)
{
    public void Configure(IEndpointConventionBuilder endpoints, RouteConfig route)
    {
        var settings = RouteSettings.Of(route);
        if (settings is null && !accessLogs.Default.TimesDestinations)
        {
            return;
        }

        settings ??= new RouteSettings();

        endpoints.Add(endpoint =>
        {
            var chosen = settings.AccessLogs is { Count: > 0 } names ? accessLogs.Choose(names) : null;
            if (chosen is not null)
            {
                endpoint.Metadata.Add(chosen);
            }

            if (route.ClusterId is not null && (chosen ?? accessLogs.Default).TimesDestinations)
            {
                endpoint.RequestDelegate = UpstreamTimes.Around(endpoint.RequestDelegate!, time);
            }

            if (StepsOf(route.RouteId, settings, chosen) is { Count: > 0 } steps)
            {
                endpoint.Metadata.Add(new RouteSteps(steps));
            }

            if (settings.Upgrades is { Count: > 0 } protocols)
            {
                endpoint.Metadata.Add(new RouteUpgrades(protocols));
            }

            if (settings.Answer is { } answer)
            {
                endpoint.RequestDelegate = new FixedAnswer(answer, redirects).WriteAsync;
            }
            else if (settings.Files is { } files)
            {
                endpoint.RequestDelegate = new FileAnswer(files, route.Match.Path, host.ContentRootPath, redirects).WriteAsync;
            }

            if (settings.AccelRedirects && !settings.IsAnswered)
            {
                endpoint.RequestDelegate = new AccelRedirect(redirects).Then(endpoint.RequestDelegate!);
            }

            if (settings.Cache is { } kept && !settings.IsAnswered)
            {
                endpoint.RequestDelegate = new OutputCache(route.RouteId, kept, cache, time).Then(endpoint.RequestDelegate!);
            }

            foreach (var limit in LimitsOf(route.RouteId, settings, ofLogins: true).Reverse())
            {
                endpoint.RequestDelegate = limit(endpoint.RequestDelegate!);
            }
        });
    }

    /// <summary>What bounds requests, from the outside in: one that waits for its turn is not under way yet.</summary>
    /// <param name="route">Its id.</param>
    /// <param name="settings">What it says.</param>
    /// <param name="ofLogins">Whether those that ask who somebody is, which is known behind the login alone, or the others.</param>
    private IEnumerable<Func<RequestDelegate, RequestDelegate>> LimitsOf(string route, RouteSettings settings, bool ofLogins)
    {
        var rates = (settings.RequestRates ?? []).Index().Where(one => CountedKey.NeedsLogin(one.Item.Key!) == ofLogins).Select(one => zones.Of($"{route} {one.Index}", one.Item)).ToList();
        if (rates.Count > 0)
        {
            yield return new RequestRates(route, ofLogins ? CountedBy.RatesOfLogins : CountedBy.Rates, rates, limits, time).Then;
        }

        var underWay = (settings.RequestLimits ?? []).Index().Where(one => CountedKey.NeedsLogin(one.Item.Key!) == ofLogins).Select(one => (one.Item, zones.Of($"{route} {one.Index}", one.Item))).ToList();
        if (underWay.Count > 0)
        {
            yield return new RequestLimits(route, ofLogins ? CountedBy.LimitsOfLogins : CountedBy.Limits, underWay, limits).Then;
        }
    }

    /// <summary>Who is let in: by address, and by a login, or by either.</summary>
    private IEnumerable<Func<RequestDelegate, RequestDelegate>> GatesOf(string route, RouteSettings settings)
    {
        var list = settings.Networks is { } networks ? new NetworkList(networks) : null;
        var logins = new List<Func<RequestDelegate, RequestDelegate>>();
        if (settings.BasicAuth is { } basic)
        {
            logins.Add(new BasicAuth(basic, passwords, passwords.Of(Path.GetFullPath(basic.File!, host.ContentRootPath))).Then);
        }

        if (settings.AuthRequest is { } question)
        {
            logins.Add(next => authRequests.Then(route, question, next));
        }

        if (list is not null && settings.Satisfy == Satisfy.Any && logins.Count > 0)
        {
            return [.. logins.Select<Func<RequestDelegate, RequestDelegate>, Func<RequestDelegate, RequestDelegate>>(login => next => NetworkGate.Either(list, next, login(next)))];
        }

        return list is null ? logins : logins.Prepend(next => NetworkGate.Then(list, next));
    }

    /// <summary>From the outside in: what is added to an answer goes over whatever answers.</summary>
    private List<Func<RequestDelegate, RequestDelegate>> StepsOf(string route, RouteSettings settings, ChosenLogs? chosen)
    {
        var steps = new List<Func<RequestDelegate, RequestDelegate>>();
        if (chosen is { CountsBytes: true })
        {
            steps.Add(next => context =>
            {
                chosen.Begin(context);
                return next(context);
            });
        }

        if (!settings.WebSockets || (settings.IsAnswered && settings.Answer?.Path is null))
        {
            steps.Add(PlainRequests.Then);
        }

        if (settings.Headers is not null || settings.RemoveHeaders is not null || settings.Expires is not null)
        {
            steps.Add(new AnswerHeaders(settings.Headers ?? [], settings.RemoveHeaders ?? [], settings.Expires, time).Then);
        }

        if (settings.ErrorPages is { } pages)
        {
            steps.Add(new ErrorPages(pages, host.ContentRootPath, redirects).Then);
        }

        if (settings.Internal)
        {
            steps.Add(InternalRoute.Then);
        }

        steps.AddRange(LimitsOf(route, settings, ofLogins: false));
        steps.AddRange(GatesOf(route, settings));

        if (settings.Compression is { } compression)
        {
            steps.Add(new Compression(compression).Then);
        }

        return steps;
    }
}
