using System.Net.Sockets;
using Yarp.ReverseProxy.Forwarder;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Tests.Routes.Balancing;

public sealed class DestinationFailuresTests
{
    private static readonly SocketException Reset = new((int)SocketError.ConnectionReset);
    private static readonly SocketException NoDescriptors = new((int)SocketError.TooManyOpenSockets);

    [Fact]
    public void ConnectionThatIsLost_BeforeAnAnswer_IsNoAnswer_WhateverTellsOfIt()
    {
        Assert.Equal(DestinationFailure.NoAnswer, Of(new HttpRequestException("sent", new IOException("gone"))));
        Assert.Equal(DestinationFailure.NoAnswer, Of(new HttpRequestException("sent", Reset)));
        Assert.Equal(DestinationFailure.NoAnswer, Of(new HttpRequestException("sent", new IOException("gone", Reset))));
        Assert.Equal(DestinationFailure.NoAnswer, Of(new HttpRequestException(HttpRequestError.ResponseEnded, "ended")));
        Assert.Equal(DestinationFailure.NoAnswer, Of(new HttpRequestException(HttpRequestError.InvalidResponse, "no HTTP")));
    }

    [Fact]
    public void DestinationThatCannotBeConnectedTo_IsNotReached()
    {
        Assert.Equal(DestinationFailure.NotReached, Of(new HttpRequestException(HttpRequestError.NameResolutionError, "no such host", Reset)));
        Assert.Equal(DestinationFailure.NotReached, Of(new HttpRequestException(HttpRequestError.ConnectionError, "refused", Reset)));
        Assert.Equal(DestinationFailure.NotReached, Of(new HttpRequestException(HttpRequestError.SecureConnectionError, "no TLS")));
        Assert.Equal(DestinationFailure.NotReached, DestinationFailures.Of(ForwarderError.RequestTimedOut, new TaskCanceledException("slow", new TimeoutException())));
        Assert.Equal(DestinationFailure.NoAnswer, DestinationFailures.Of(ForwarderError.RequestTimedOut, new TaskCanceledException("slow")));
    }

    [Fact]
    public void WhatIsNoDestinationsFault_BlamesNone()
    {
        Assert.Equal(DestinationFailure.None, Of(new HttpRequestException("a header that cannot be written")));
        Assert.Equal(DestinationFailure.None, Of(new HttpRequestException(HttpRequestError.ConnectionError, "no descriptor", NoDescriptors)));
        Assert.Equal(DestinationFailure.None, Of(new HttpRequestException("the loop is full", new System.ComponentModel.Win32Exception(28))));
        Assert.Equal(DestinationFailure.None, DestinationFailures.Of(ForwarderError.RequestCanceled, new OperationCanceledException()));
    }

    private static DestinationFailure Of(Exception exception) => DestinationFailures.Of(ForwarderError.Request, exception);
}
