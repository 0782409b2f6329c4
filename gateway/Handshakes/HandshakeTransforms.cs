using Yarp.ReverseProxy.Transforms;

namespace YarpWs.Gateway.Handshakes;

/// <summary>A transform of requests that changes handshakes and tunnels alone.</summary>
internal sealed class HandshakeRequestTransform(Func<RequestTransformContext, ValueTask> apply) : RequestTransform
{
    public override ValueTask ApplyAsync(RequestTransformContext context) => apply(context);
}

/// <summary>A transform of answers that looks at those to handshakes and tunnels alone.</summary>
internal sealed class HandshakeAnswerTransform(Func<ResponseTransformContext, ValueTask> apply) : ResponseTransform
{
    public override ValueTask ApplyAsync(ResponseTransformContext context) => apply(context);
}
