namespace YarpWs.Gateway.Access.Basic;

/// <summary>Users and passwords that a route asks for (RFC 7617), beside what its AuthorizationPolicy asks for: name "anonymous" there.</summary>
internal sealed record BasicAuthOptions
{
    /// <summary>What users are told that they log in to. Default "Restricted".</summary>
    public string Realm { get; init; } = "Restricted";

    /// <summary>The htpasswd file, relative to the settings file; it is read again when it changes. Hashes: bcrypt, apr1, SHA-512 and SHA-256 crypt, {SHA}, {SSHA}, {PLAIN}. Required.</summary>
    public string? File { get; init; }

    /// <summary>Whether destinations get the Authorization header, and the password in it. Default false.</summary>
    public bool Forward { get; init; }
}
