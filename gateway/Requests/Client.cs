using System.Net;
using Microsoft.Extensions.Primitives;

namespace YarpWs.Gateway.Requests;

/// <summary>Who sent the request and what it asked for, as far as the proxies in front can be believed. Set on every public request.</summary>
internal sealed record Client(IPAddress? Address, string Scheme, string Host)
{
    /// <summary>Whether a trusted proxy said what the scheme is; otherwise it is the connection's.</summary>
    public bool IsSchemeTold { get; init; }

    /// <summary>The X-Forwarded-For that came with the request, believed or not.</summary>
    public StringValues SentChain { get; init; }

    /// <summary>Whether the request's X-Forwarded-For ends with the address that it came from.</summary>
    public bool IsInChain { get; init; }
}
