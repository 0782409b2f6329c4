namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether a route's answers can be kept as its Cache says.</summary>
internal static class CacheCheck
{
    public static void Check(RouteSettings settings, Action<string, string> complain)
    {
        if (settings.Cache is not { } cache)
        {
            return;
        }

        if (settings.IsAnswered)
        {
            complain("Cache", "keeps the answers of destinations, and this route has none; remove it.");
        }

        SettingCheck.WithinBounds("Cache", cache, complain);
        if (cache.Key.Length == 0)
        {
            complain("Cache:Key", "all requests would get one answer; write \"$scheme://$http_host$request_uri\", or leave it out.");
        }

        SettingCheck.Text("Cache:Key", cache.Key, complain, isLine: true);
        foreach (var (name, texts) in new[] { ("Bypass", cache.Bypass), ("NoStore", cache.NoStore) })
        {
            foreach (var (index, text) in (texts ?? []).Index())
            {
                SettingCheck.Text($"Cache:{name}:{index}", text, complain, isLine: true);
            }
        }

        foreach (var (index, age) in (cache.Ages ?? []).Index())
        {
            SettingCheck.WithinBounds($"Cache:Ages:{index}", age, complain);
            foreach (var (place, status) in (age.Statuses ?? []).Index())
            {
                if (status is < 200 or 206 or 304 or > 599)
                {
                    complain($"Cache:Ages:{index}:Statuses:{place}", $"{status} is no status of an answer that can be kept; write one such as 200 or 404.");
                }
            }
        }
    }
}
