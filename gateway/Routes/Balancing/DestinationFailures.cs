using System.Net.Sockets;
using Yarp.ReverseProxy.Forwarder;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>Tells whose fault a failed try is, from what the proxy reports. Health, trials and retries all judge by it.</summary>
internal static class DestinationFailures
{
    /// <summary>How many clients must have met failures that one of them could cause, before a destination or a route is blamed.</summary>
    public const int SeveralClients = 3;

    /// <summary>What the last try of a request says, without regard to the status of an answer.</summary>
    public static DestinationFailure Of(HttpContext context) => context.GetForwarderErrorFeature() is { } failure ? Of(failure.Error, failure.Exception) : DestinationFailure.None;

    public static DestinationFailure Of(ForwarderError error, Exception? exception) => error switch
    {
        ForwarderError.Request => OfRequest(exception),

        // The platform reports a connection that took too long to make as a cancellation with this inside.
        ForwarderError.RequestTimedOut when IsConnectTimeout(exception) => DestinationFailure.NotReached,
        ForwarderError.RequestTimedOut or ForwarderError.RequestBodyDestination or ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyDestination => DestinationFailure.NoAnswer,
        _ => DestinationFailure.None,
    };

    /// <summary>Whether an established connection was lost before anything of an answer came: by a reset, or by an end in order.</summary>
    public static bool IsConnectionLost(IForwarderErrorFeature failure) => failure.Error == ForwarderError.Request
        && failure.Exception is HttpRequestException { HttpRequestError: var error }
        && (error is HttpRequestError.ResponseEnded or HttpRequestError.HttpProtocolError || (error == HttpRequestError.Unknown && Has<SocketException>(failure.Exception)));

    /// <summary>What happened, in a sentence for the operator.</summary>
    public static string ReasonOf(HttpContext context) => context.GetForwarderErrorFeature() is { Exception: { } exception } failure
        ? $"{failure.Error}: {exception.GetBaseException().Message.TrimEnd('.')}."
        : $"It answered {context.Response.StatusCode}, or nothing in time.";

    private static DestinationFailure OfRequest(Exception? exception)
    {
        if (IsOwnLack(exception))
        {
            return DestinationFailure.None;
        }

        return (exception as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError => DestinationFailure.NotReached,
            HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.ExtendedConnectNotSupported
                or HttpRequestError.VersionNegotiationError or HttpRequestError.ConfigurationLimitExceeded => DestinationFailure.NoAnswer,

            // What the platform refuses to write, such as a header of the client's, has none inside.
            _ => Has<IOException>(exception) || Has<SocketException>(exception) ? DestinationFailure.NoAnswer : DestinationFailure.None,
        };
    }

    /// <summary>No descriptor, port or memory left for a connection: it is this process, or this machine, that is short of them.</summary>
    public static bool IsOwnLack(Exception? exception) => Find<SocketException>(exception) is
    {
        SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.AddressNotAvailable or SocketError.ProcessLimit,
    }
        || Has<System.ComponentModel.Win32Exception>(exception) && !Has<SocketException>(exception);

    private static bool IsConnectTimeout(Exception? exception) => exception is OperationCanceledException { InnerException: TimeoutException and not FirstByteTimeoutException };

    private static bool Has<T>(Exception? exception)
        where T : Exception => Find<T>(exception) is not null;

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is T found)
            {
                return found;
            }
        }

        return null;
    }
}
