using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Tests;

/// <summary>Destinations' names, as the system knows them or as the test says.</summary>
internal static class Names
{
    public static DestinationNames OfSystem { get; } = Of(Dns.GetHostAddressesAsync, TimeProvider.System);

    public static DestinationNames Of(Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeProvider time) => new(resolve, time, NullLogger<DestinationNames>.Instance);
}
