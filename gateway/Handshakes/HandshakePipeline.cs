using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes.Balancing;

namespace YarpWs.Gateway.Handshakes;

/// <summary>
/// The way of a handshake through the proxy, in three stretches with the proxy's own steps between them. Here it is asked whether a request is
/// one, and in none of the steps.
/// </summary>
internal static class HandshakePipeline
{
    /// <summary>Before destinations are looked at: limits, the deadlines of a socket instead of a request's, and what becomes of it once it is accepted.</summary>
    public static void UseHandshakeOpening(this IReverseProxyApplicationBuilder proxy) => proxy.UseWhen(HandshakeMark.IsHandshake, handshake => handshake
        .UseMiddleware<Admission>()
        .UseMiddleware<SocketActivityTimeout>()
        .UseMiddleware<SocketRun>());

    /// <summary>Around balancing, so that each try is balanced and counted as one of its destination's.</summary>
    public static void UseRetries(this IReverseProxyApplicationBuilder proxy)
    {
        proxy.UseWhen(HandshakeMark.IsHandshake, handshake => handshake.UseMiddleware<HandshakeRetry>());
        proxy.UseWhen(context => !context.IsHandshake(), request => request.UseMiddleware<RequestRetry>());
    }

    /// <summary>Behind balancing: what the rate of a route promises is what its destinations see.</summary>
    public static void UseHandshakePace(this IReverseProxyApplicationBuilder proxy) =>
        proxy.UseWhen(HandshakeMark.IsHandshake, handshake => handshake.UseMiddleware<HandshakePace>());
}
