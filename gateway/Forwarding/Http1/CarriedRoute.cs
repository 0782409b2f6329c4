using System.Net;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Handshakes;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>
/// What a route's transforms make of its requests and answers, where all of them are known: those of the path, of the query, of the host, of <c>RequestHeaders</c>, and
/// those that change the client's answer.
/// </summary>
internal sealed class CarriedRoute
{
    private readonly RequestTransform[] _ofTarget;
    private readonly bool _changesPath;
    private readonly ResponseTransform[]? _ofAnswer;

    private CarriedRoute(RequestTransform[] ofTarget, RequestHeaderTransforms.Header[] headers, bool isHostKept, ResponseTransform[] ofAnswer)
    {
        (_ofTarget, Headers, IsHostKept) = (ofTarget, headers, isHostKept);
        _changesPath = Array.Exists(ofTarget, transform => transform is RawPathTransform);

        // Every route has AnswerRules, and most have no other.
        _ofAnswer = ofAnswer.Length > 1 ? ofAnswer : null;
    }

    /// <summary>Whether destinations get the Host that the client has sent; otherwise that of their own configuration, or of their address.</summary>
    public bool IsHostKept { get; }

    /// <summary>Headers that destinations get over those of the client.</summary>
    public IReadOnlyList<RequestHeaderTransforms.Header> Headers { get; }

    /// <summary>Null where a transform is not known.</summary>
    public static CarriedRoute? Of(TransformBuilderContext route)
    {
        var isHostKept = true;
        var isTold = false;
        var ofTarget = new List<RequestTransform>();
        var headers = new List<RequestHeaderTransforms.Header>();
        foreach (var transform in route.RequestTransforms)
        {
            switch (transform)
            {
                case RawPathTransform or QueryParameterTransform or QueryParameterRemoveTransform:
                    ofTarget.Add(transform);
                    break;
                case RequestHeaderOriginalHostTransform:
                    isHostKept = ReferenceEquals(transform, RequestHeaderOriginalHostTransform.OriginalHost);
                    break;
                case TraceContext.Telling:
                    isTold = true;
                    break;
                case RequestHeaderTransforms.Header header when OutgoingRequest.MayBeSet(header.Name):
                    headers.Add(header);
                    break;
                case GatewayTransforms.Sending or HandshakeRequestTransform:
                    break;
                default:
                    return null;
            }
        }

        var ofAnswer = route.ResponseTransforms.Where(transform => transform is not HandshakeAnswerTransform).ToArray();
        return isTold
            && route.CopyRequestHeaders is not false && route.CopyResponseHeaders is not false && route.CopyResponseTrailers is not false
            && ofAnswer.All(transform => transform is AnswerTransform or ResponseHeaderValueTransform or ResponseHeaderRemoveTransform)
            && route.ResponseTrailersTransforms.All(transform => transform is GatewayTransforms.UploadEnd)
            ? new CarriedRoute([.. ofTarget], [.. headers], isHostKept, ofAnswer)
            : null;
    }

    /// <summary>The path and the query that a destination is asked for, behind the path of its own.</summary>
    public (string Path, string? Query) TargetOf(HttpContext context, string destination)
    {
        if (_ofTarget.Length == 0)
        {
            return (RawPathTransform.AsWritten(context), context.Request.QueryString.Value);
        }

        // What these change is taken from the context; the request is there for what they keep of it for each other.
        using var request = new HttpRequestMessage();
        var target = new RequestTransformContext { HttpContext = context, ProxyRequest = request, DestinationPrefix = destination, Path = context.Request.Path, HeadersCopied = true };
        foreach (var transform in _ofTarget)
        {
            Done(transform.ApplyAsync(target));
        }

        return (_changesPath ? target.Path.Value! : RawPathTransform.AsWritten(context), target.Query.QueryString.Value);
    }

    /// <summary>Changes the client's answer, in which that of the destination stands.</summary>
    /// <returns>Whether the body is passed on.</returns>
    /// <exception cref="HttpRequestException">The answer cannot be passed on.</exception>
    public bool Change(HttpContext context, int status)
    {
        if (_ofAnswer is null)
        {
            return AnswerRules.Apply(context, status);
        }

        using var answer = new HttpResponseMessage((HttpStatusCode)status);
        return Change(context, answer);
    }

    /// <summary>Changes the client's answer where the destination has given none.</summary>
    public void ChangeFailure(HttpContext context)
    {
        if (_ofAnswer is not null)
        {
            Change(context, answer: null);
        }
    }

    private bool Change(HttpContext context, HttpResponseMessage? answer)
    {
        var change = new ResponseTransformContext { HttpContext = context, ProxyResponse = answer, HeadersCopied = true };
        foreach (var transform in _ofAnswer!)
        {
            Done(transform.ApplyAsync(change));
        }

        return !change.SuppressResponseBody;
    }

    /// <summary>None of those that are known waits for anything.</summary>
    private static void Done(ValueTask applied)
    {
        System.Diagnostics.Debug.Assert(applied.IsCompleted, "A transform waits.");
        applied.GetAwaiter().GetResult();
    }
}
