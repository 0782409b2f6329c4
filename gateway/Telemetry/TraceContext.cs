using System.Collections.Frozen;
using System.Diagnostics;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace YarpWs.Gateway.Telemetry;

/// <summary>
/// How destinations hear of the trace that a request belongs to (W3C Trace Context, and baggage), and the id of which stands in the access
/// log. Where traces are recorded HttpClient tells them, after it has made a span of its own call. Where they are not, that span would be
/// made for nobody: they are told here, of the gateway's request as their parent.
/// </summary>
/// <param name="IsRecorded">Whether traces are sent anywhere.</param>
internal sealed record TraceContext(bool IsRecorded)
{
    private static readonly FrozenSet<string> Headers = FrozenSet.ToFrozenSet(DistributedContextPropagator.Current.Fields, StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes the telling off HttpClient. For every cluster's client, when it is made.</summary>
    public void Configure(SocketsHttpHandler handler)
    {
        if (!IsRecorded)
        {
            handler.ActivityHeadersPropagator = null;
        }
    }

    /// <summary>Adds the telling to a route's requests.</summary>
    public void Apply(TransformBuilderContext route)
    {
        if (!IsRecorded)
        {
            route.RequestTransforms.Add(new Telling());
        }
    }

    /// <summary>Whether it is told in headers of this name.</summary>
    public static bool IsToldIn(string name) => Headers.Contains(name);

    /// <summary>Tells what a destination is to hear of the request that runs now; where there is none, the client's own headers of these names stand.</summary>
    /// <param name="carrier">Given to <paramref name="set"/>.</param>
    /// <param name="set">Called for each header.</param>
    /// <returns>Whether there was something to tell.</returns>
    public static bool Tell(object carrier, DistributedContextPropagator.PropagatorSetterCallback set)
    {
        if (Activity.Current is not { } request)
        {
            return false;
        }

        if (request.ParentId is null)
        {
            // The trace begins here. Most who record go by this flag, and a gateway that does not must not keep them from it.
            request.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
        }

        DistributedContextPropagator.Current.Inject(request, carrier, set);
        return true;
    }

    /// <summary>Tells the destinations of a route.</summary>
    internal sealed class Telling : RequestTransform
    {
        public override ValueTask ApplyAsync(RequestTransformContext context)
        {
            if (Activity.Current is not null)
            {
                // The client's own stand among the headers that were copied.
                foreach (var header in Headers)
                {
                    context.ProxyRequest.Headers.Remove(header);
                }

                Tell(context.ProxyRequest, Set);
            }

            return ValueTask.CompletedTask;
        }

        private static void Set(object? carrier, string name, string value) => ((HttpRequestMessage)carrier!).Headers.TryAddWithoutValidation(name, value);
    }
}
