using Microsoft.AspNetCore.Http.Features;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// The size that <see cref="BoundedBody"/> holds a request body to. It cannot be changed: the proxy would set the route's, which this one is
/// already, and take it off a request that looks like gRPC.
/// </summary>
/// <param name="size">In bytes; null for no limit.</param>
internal sealed class RequestBodyLimit(long? size) : IHttpMaxRequestBodySizeFeature
{
    public bool IsReadOnly => false;

    public long? MaxRequestBodySize
    {
        get => size;
        set
        {
            // See above. A feature that says it is read-only would have the proxy warn in the log of every such request.
        }
    }
}
