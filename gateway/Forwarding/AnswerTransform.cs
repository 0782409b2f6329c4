using Yarp.ReverseProxy.Transforms;

namespace YarpWs.Gateway.Forwarding;

/// <summary>A transform that changes the client's answer, and needs to know of the destination's whether there is one, and its status.</summary>
internal sealed class AnswerTransform(Func<ResponseTransformContext, ValueTask> apply) : ResponseTransform
{
    public override ValueTask ApplyAsync(ResponseTransformContext context) => apply(context);
}
