namespace YarpWs.Gateway.Tests;

/// <summary>
/// By which client the plain requests of a test's gateway go to the cluster "backend". A suite of behaviour runs by both: the gateway's own, and, in a class that inherits
/// it and says so in its constructor, the platform's.
/// </summary>
internal static class PlatformClient
{
    private static readonly AsyncLocal<bool> IsUsed = new();

    /// <summary>What a gateway's settings have to say for it.</summary>
    public static IEnumerable<(string Key, string? Value)> Settings =>
        IsUsed.Value ? [("ReverseProxy:Clusters:backend:Metadata:Connections.PlatformClient", "true")] : [];

    /// <summary>From here on, in the same test.</summary>
    public static void Use() => IsUsed.Value = true;
}
