using System.Net;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Routes.Balancing;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Handshakes;

/// <summary>One try of a handshake on one destination. Its deadline holds until the destination has answered.</summary>
internal sealed class HandshakeAttempt : IDisposable
{
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _either;
    private HttpResponseMessage? _answer;

    public HandshakeAttempt(TimeSpan timeout, TimeProvider time, bool isFirst, bool isLast, CancellationToken client)
    {
        _deadline = new CancellationTokenSource(timeout, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(client, _deadline.Token);
        Outcome = new DestinationAttempt(client, _deadline.Token);
        IsFirst = isFirst;
        IsLast = isLast;
    }

    /// <summary>Whether no destination was asked before.</summary>
    public bool IsFirst { get; }

    /// <summary>Whether what this destination answers is what the client gets.</summary>
    public bool IsLast { get; }

    public DestinationAttempt Outcome { get; }

    public CancellationToken Aborted => _either.Token;

    /// <summary>Looks at a destination's answer before it is passed on: 502, 503 and 504 are not, while there is another destination to ask.</summary>
    public static ValueTask Judge(ResponseTransformContext context)
    {
        if (context.HttpContext.Features.Get<HandshakeAttempt>() is not { } attempt || context.ProxyResponse is not { } response)
        {
            return ValueTask.CompletedTask;
        }

        attempt._deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        attempt._answer = response;
        if (response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout)
        {
            attempt.Outcome.TurnAway();
            context.SuppressResponseBody |= !attempt.IsLast;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// The connection to the destination, which has accepted, and which now belongs to the caller; the forwarder finds none any more. Only
    /// while the forwarder upgrades.
    /// </summary>
    public async Task<Stream> TakeConnectionAsync()
    {
        var connection = await _answer!.Content.ReadAsStreamAsync(CancellationToken.None);
        _answer.Content = new ByteArrayContent([]);
        return connection is not LoopStream && IsDirect(_answer) ? await LoopStream.TakeFromAsync(connection) : connection;
    }

    /// <summary>Whether the connection of an answer is one of this process's loops, with nothing in between: neither TLS nor the streams of HTTP/2.</summary>
    private static bool IsDirect(HttpResponseMessage answer) => EventLoops.AreSupported
        && answer.Version < HttpVersion.Version20 && answer.RequestMessage?.RequestUri?.Scheme == Uri.UriSchemeHttp;

    public void Dispose()
    {
        _either.Dispose();
        _deadline.Dispose();
    }
}

/// <summary>Has every route's answers to handshakes looked at before they are passed on.</summary>
internal sealed class HandshakeAnswers : ITransformProvider
{
    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context) => context.ResponseTransforms.Add(new HandshakeAnswerTransform(HandshakeAttempt.Judge));
}
