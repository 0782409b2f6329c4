using System.Net;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using YarpWs.Gateway.Forwarding;
using YarpWs.Transport;

namespace YarpWs.Gateway.Sockets;

/// <summary>One try of a handshake on one destination. Its deadline holds until the destination has answered.</summary>
internal sealed class HandshakeAttempt : IDisposable
{
    private readonly CancellationToken _client;
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _either;
    private HttpResponseMessage? _answer;
    private bool _isTurnedAway;

    public HandshakeAttempt(TimeSpan timeout, TimeProvider time, bool isLast, CancellationToken client)
    {
        _client = client;
        _deadline = new CancellationTokenSource(timeout, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(client, _deadline.Token);
        IsLast = isLast;
    }

    /// <summary>Whether what this destination answers is what the client gets.</summary>
    public bool IsLast { get; }

    public bool IsTimedOut => _deadline.IsCancellationRequested && !_client.IsCancellationRequested;

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
        if (!attempt.IsLast && response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout)
        {
            attempt._isTurnedAway = true;
            context.SuppressResponseBody = true;
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
        return connection is not LoopStream && DestinationClients.AreDirect(_answer) ? await LoopStream.TakeFromAsync(connection) : connection;
    }

    /// <summary>Whether the destination could not be asked, or asked for another one to be.</summary>
    public bool HasFailed(HttpContext context) => _isTurnedAway || IsTimedOut
        || context.GetForwarderErrorFeature()?.Error is ForwarderError.Request or ForwarderError.RequestTimedOut;

    public void Dispose()
    {
        _either.Dispose();
        _deadline.Dispose();
    }
}
