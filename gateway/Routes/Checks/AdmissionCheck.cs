using YarpWs.Gateway.Access;
using YarpWs.Gateway.Access.Rates;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether what a route says of who is let in, and how often, can be asked.</summary>
internal static class AdmissionCheck
{
    public static void Check(RouteSettings settings, Action<string, string> complain)
    {
        foreach (var (index, rule) in (settings.Networks ?? []).Index())
        {
            CheckNetwork($"Networks:{index}", rule, complain);
        }

        foreach (var (index, rate) in (settings.RequestRates ?? []).Index())
        {
            CheckRate($"RequestRates:{index}", rate, complain);
        }

        foreach (var (index, limit) in (settings.RequestLimits ?? []).Index())
        {
            SettingCheck.WithinBounds($"RequestLimits:{index}", limit, complain);
            CheckCountedKey($"RequestLimits:{index}:Key", limit.Key, complain);
        }

        CheckBasicAuth(settings, complain);
        CheckAuthRequest(settings, complain);
        CheckSatisfy(settings, complain);
    }

    private static void CheckNetwork(string key, NetworkRule rule, Action<string, string> complain)
    {
        var text = rule.Allow ?? rule.Deny;
        if (text is null)
        {
            complain(key, "says nothing; write { \"Allow\": NETWORK } or { \"Deny\": NETWORK }.");
        }
        else if (rule is { Allow: not null, Deny: not null })
        {
            complain(key, "allows and denies; write a rule for each, in the order in which they are asked.");
        }
        else if (NetworkList.FaultOf(text) is { } fault)
        {
            complain($"{key}:{(rule.Allow is null ? "Deny" : "Allow")}", fault);
        }
    }

    private static void CheckRate(string key, RequestRate rate, Action<string, string> complain)
    {
        SettingCheck.WithinBounds(key, rate, complain);
        CheckCountedKey($"{key}:Key", rate.Key, complain);
        if (rate.DelayBeyond > rate.Burst)
        {
            complain($"{key}:DelayBeyond", "is more than the Burst, so that nobody would wait; write less, or leave it out.");
        }
    }

    private static void CheckCountedKey(string key, string? text, Action<string, string> complain)
    {
        if (text is not { Length: > 0 })
        {
            complain(key, "nothing says what is counted; write \"$remote_addr\", or a word for all requests together.");
        }
        else
        {
            SettingCheck.Text(key, text, complain, isLine: true);
        }
    }

    private static void CheckBasicAuth(RouteSettings settings, Action<string, string> complain)
    {
        if (settings.BasicAuth is not { } basic)
        {
            return;
        }

        if (basic.File is not { Length: > 0 })
        {
            complain("BasicAuth:File", "users and passwords stand in a file; write the name of one that htpasswd has made.");
        }

        if (basic.Realm.Any(character => character is '"' or '\\' or < ' ' or > '~'))
        {
            complain("BasicAuth:Realm", "holds a quote, a backslash or what is not ASCII, which browsers read in several ways; leave it out.");
        }
    }

    private static void CheckAuthRequest(RouteSettings settings, Action<string, string> complain)
    {
        if (settings.AuthRequest is not { } question)
        {
            return;
        }

        SettingCheck.WithinBounds("AuthRequest", question, complain);
        if (question.Path is not ['/', ..])
        {
            complain("AuthRequest:Path", "nothing says what is asked; write a path that begins with '/', such as \"/auth/check\".");
        }
        else
        {
            SettingCheck.Text("AuthRequest:Path", question.Path, complain, isLine: true);
        }

        foreach (var (index, header) in (question.Headers ?? []).Index())
        {
            SettingCheck.Header($"AuthRequest:Headers:{index}", header.Name, header.Value, complain);
        }
    }

    private static void CheckSatisfy(RouteSettings settings, Action<string, string> complain)
    {
        if (settings.Satisfy == Satisfy.Any && (settings.Networks is null || settings.BasicAuth is null == settings.AuthRequest is null))
        {
            complain("Satisfy", "Any is an address or one login; write Networks, and either BasicAuth or AuthRequest, beside it.");
        }
    }
}
