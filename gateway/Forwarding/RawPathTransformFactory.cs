using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Routing.Patterns;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Forwarding;

/// <summary>
/// Makes the transforms whose values are, or are taken from, a path. The proxy's own work on the decoded path. It asks its factories in the
/// order of their registration, so this one stands before its own.
/// </summary>
internal sealed class RawPathTransformFactory : ITransformFactory
{
    private const string Pattern = "PathPattern";

    public bool Validate(TransformRouteValidationContext context, IReadOnlyDictionary<string, string> transformValues)
    {
        try
        {
            return Read(transformValues) is not null;
        }
        catch (RoutePatternException exception)
        {
            context.Errors.Add(new ArgumentException($"{Pattern}: {exception.Message}", exception));
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            context.Errors.Add(new ArgumentException(exception.Message, exception));
            return true;
        }
    }

    public bool Build(TransformBuilderContext context, IReadOnlyDictionary<string, string> transformValues)
    {
        if (Read(transformValues) is not { } transform)
        {
            return false;
        }

        context.RequestTransforms.Add(transform);
        return true;
    }

    private static RequestTransform? Read(IReadOnlyDictionary<string, string> values)
    {
        if (TryGetPath(values, "PathSet", out var path))
        {
            return RawPathTransform.Set(path);
        }

        if (TryGetPath(values, "PathPrefix", out var prefix))
        {
            return RawPathTransform.Prefix(prefix.TrimEnd('/'));
        }

        if (TryGetPath(values, "PathRemovePrefix", out var removed))
        {
            return RawPathTransform.RemovePrefix(removed);
        }

        if (values.TryGetValue(Pattern, out var pattern))
        {
            return RawPathTransform.Pattern(new PathTemplate(pattern));
        }

        if (values.TryGetValue("QueryRouteParameter", out var parameter) && TryGetSource(values, out var queried, out var isAppended))
        {
            return new QueryRouteValue(parameter, queried, isAppended ? QueryStringTransformMode.Append : QueryStringTransformMode.Set);
        }

        if (values.TryGetValue("LocationPrefix", out var location))
        {
            return LocationTransforms.Prefix(location);
        }

        if (values.TryGetValue("Target", out var target))
        {
            return LocationTransforms.Target(RequestText.Parse(target));
        }

        if (values.TryGetValue("PathRewrite", out var expression) && values.TryGetValue("To", out var template))
        {
            var parsed = Expression.Parse(expression, ignoreCase: false);
            return LocationTransforms.Rewrite(parsed, new GroupText(template, parsed));
        }

        return values.TryGetValue("RequestHeaderRouteValue", out var header) && TryGetSource(values, out var told, out isAppended)
            ? new HeaderRouteValue(header, told, isAppended)
            : null;
    }

    private static bool TryGetPath(IReadOnlyDictionary<string, string> values, string name, [NotNullWhen(true)] out string? path)
    {
        path = values.TryGetValue(name, out var text) ? RawPath.Encode(text.StartsWith('/') ? text : "/" + text) : null;
        return path is not null;
    }

    private static bool TryGetSource(IReadOnlyDictionary<string, string> values, [NotNullWhen(true)] out string? source, out bool isAppended)
    {
        isAppended = !values.TryGetValue("Set", out source) && values.TryGetValue("Append", out source);
        return source is not null;
    }

    private sealed class QueryRouteValue(string parameter, string source, QueryStringTransformMode mode) : QueryParameterTransform(mode, parameter)
    {
        protected override string? GetValue(RequestTransformContext context) => RouteValueText.Decoded(context.HttpContext, source);
    }

    private sealed class HeaderRouteValue(string header, string source, bool append) : RequestHeaderTransform(header, append)
    {
        protected override string? GetValue(RequestTransformContext context) =>
            RouteValueText.Decoded(context.HttpContext, source) is { } value ? HeaderText.Of(value) : null;
    }
}
