namespace YarpWs.Gateway.Admin;

/// <summary>The operator's port: health, metrics, live sockets. Section <c>Admin</c>.</summary>
internal sealed record AdminOptions
{
    public const string Section = "Admin";

    /// <summary>Where it listens: <c>http://ADDRESS:PORT</c>, port 0 for any free one. Default <c>http://127.0.0.1:9900</c>.</summary>
    public string Url { get; init; } = "http://127.0.0.1:9900";

    /// <summary>
    /// Whether <see cref="Url"/> may be an address that other machines reach, and the port be asked by a name instead of an address. The port
    /// asks for no login. Default false.
    /// </summary>
    public bool AllowRemote { get; init; }
}
