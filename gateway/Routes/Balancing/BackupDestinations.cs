namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>Leaves a request the destinations that are no backup, as long as there is one: of those that are healthy, and of those that it was not tried on yet.</summary>
internal sealed class BackupDestinations(RequestDelegate next, ClusterBalancing balancing)
{
    public Task InvokeAsync(HttpContext context)
    {
        var proxied = context.GetReverseProxyFeature();
        var available = proxied.AvailableDestinations;
        var backups = 0;
        for (var index = 0; index < available.Count; index++)
        {
            backups += balancing.IsBackup(available[index]) ? 1 : 0;
        }

        if (backups > 0 && backups < available.Count)
        {
            proxied.AvailableDestinations = [.. available.Where(destination => !balancing.IsBackup(destination))];
        }

        return next(context);
    }
}
