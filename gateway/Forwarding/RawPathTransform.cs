using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// A transform of a route's path as the client wrote it. While there is one of these on a route, <see cref="RequestTransformContext.Path"/>
/// is percent-encoded.
/// </summary>
/// <param name="change">Makes the new path of the path and the request, whose other parts it may change as well.</param>
internal sealed class RawPathTransform(Func<string, RequestTransformContext, string> change) : RequestTransform
{
    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        context.Path = new PathString(change(context.Path.Value!, context));
        return ValueTask.CompletedTask;
    }

    /// <summary>The path as the client wrote it, which stands before the others of a route.</summary>
    public static string AsWritten(string path, RequestTransformContext request) => AsWritten(request.HttpContext);

    /// <inheritdoc cref="AsWritten(string, RequestTransformContext)"/>
    public static string AsWritten(HttpContext context) => RawPath.Resolve(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);

    public static RawPathTransform Set(string path) => new((_, _) => path);

    public static RawPathTransform Prefix(string prefix) => new((path, _) => prefix + path);

    public static RawPathTransform Pattern(PathTemplate template) => new((_, request) => template.Fill(request.HttpContext));

    /// <summary>Takes whole segments off, and compares them decoded, without regard to case.</summary>
    public static RawPathTransform RemovePrefix(string prefix)
    {
        var wanted = PathString.FromUriComponent(prefix.TrimEnd('/'));
        var count = prefix.TrimEnd('/').Count(character => character == '/');
        return new((path, _) => PathString.FromUriComponent(path).StartsWithSegments(wanted) ? Behind(path, count) : path);
    }

    private static string Behind(string path, int segments)
    {
        var start = 0;
        for (var passed = 0; passed < segments; passed++)
        {
            start = path.IndexOf('/', start + 1);
            if (start < 0)
            {
                return "/";
            }
        }

        return path[start..];
    }
}
