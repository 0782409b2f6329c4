using Microsoft.Extensions.Primitives;

namespace YarpWs.Gateway.Routes.Locations;

/// <summary>The table of the routes that run. It follows them when they change; any thread.</summary>
internal sealed class RunningLocations : IDisposable
{
    private readonly Lock _building = new();
    private readonly EndpointDataSource _endpoints;
    private readonly IDisposable _changes;
    private volatile LocationTable? _table;

    public RunningLocations(EndpointDataSource endpoints)
    {
        _endpoints = endpoints;
        _changes = ChangeToken.OnChange(endpoints.GetChangeToken, () => Build());
    }

    public LocationTable Table => _table ?? Build();

    public void Dispose() => _changes.Dispose();

    /// <summary>One after the other, so that the last one has read the last change.</summary>
    private LocationTable Build()
    {
        lock (_building)
        {
            return _table = new LocationTable(_endpoints.Endpoints);
        }
    }
}
