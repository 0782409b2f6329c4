namespace YarpWs.Gateway.Access;

/// <summary>Which pages may open a WebSocket, or send a cookie that holds the token. Section <c>Origins</c>.</summary>
internal sealed record OriginOptions
{
    public const string Section = "Origins";

    /// <summary>Origins let in, each exactly as a browser sends it (<c>https://app.example.com</c>), or "*" for any. Default none.</summary>
    public IReadOnlyList<string>? Allowed { get; init; }

    /// <summary>Whether a page of the host that the request is for is let in. Default true.</summary>
    public bool SameOrigin { get; init; } = true;

    /// <summary>Whether a handshake without an Origin header, which no browser sends, is let in. Default true.</summary>
    public bool AllowMissing { get; init; } = true;
}
