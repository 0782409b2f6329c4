using Microsoft.AspNetCore.WebUtilities;
using Yarp.ReverseProxy.Model;
using YarpWs.Platform.Errors;
using YarpWs.Platform.Jwt;

namespace YarpWs.Gateway.Requests;

/// <summary>An answer of the gateway's own that says in one line what was wrong with the request.</summary>
internal sealed class Refusal
{
    private readonly RefusalReason? _reason;
    private readonly string? _sentence;

    private Refusal(string? sentence, RefusalReason? reason) => (_sentence, _reason) = (sentence, reason);

    public static Task WriteAsync(HttpContext context, int status, string reason) => WriteAsync(context, status, reason, why: null);

    /// <summary>The same, where the status alone does not tell why.</summary>
    public static Task WriteAsync(HttpContext context, int status, string reason, RefusalReason? why)
    {
        context.Features.Set(new Refusal(reason, why));
        context.Response.StatusCode = status;
        return ErrorBody.WriteAsync(context, reason);
    }

    /// <summary>405, to what is only read.</summary>
    public static Task WriteMethodAsync(HttpContext context, string reason)
    {
        context.Response.Headers.Allow = HttpMethods.Get;
        return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, reason);
    }

    /// <summary>For the log alone, where the client gets no answer that could say it.</summary>
    public static void Mark(HttpContext context, int status, RefusalReason why)
    {
        context.Response.StatusCode = status;
        context.Features.Set(new Refusal(sentence: null, why));
    }

    /// <summary>
    /// What to say where nobody has said anything: the platform refused, or the proxy found nobody. Null where a destination answered, whose empty
    /// body it is.
    /// </summary>
    public static string? SentenceOf(HttpContext context)
    {
        var status = context.Response.StatusCode;
        if (context.GetForwarderErrorFeature() is null && context.Features.Get<IReverseProxyFeature>()?.ProxiedDestination is not null)
        {
            return null;
        }

        return status switch
        {
            StatusCodes.Status400BadRequest => "The request cannot be read: its body is not what its head says.",
            StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden => LoginRefusal.SentenceOf(context),
            StatusCodes.Status503ServiceUnavailable when LoginRefusal.IsForNow(context) => LoginRefusal.SentenceOf(context),
            StatusCodes.Status404NotFound => "No route leads here.",
            StatusCodes.Status405MethodNotAllowed when context.Response.Headers.Allow is [{ Length: > 0 } allowed] => $"This address does not take {context.Request.Method}; it takes {allowed}.",
            StatusCodes.Status405MethodNotAllowed => $"This address does not take {context.Request.Method}.",
            StatusCodes.Status408RequestTimeout => "The request took too long to arrive.",
            StatusCodes.Status413PayloadTooLarge => "The body of the request is larger than this address takes.",
            StatusCodes.Status502BadGateway => "The server behind this address gave no answer that can be used.",
            StatusCodes.Status503ServiceUnavailable => "No server behind this address can be reached now.",
            StatusCodes.Status504GatewayTimeout => "The server behind this address took too long to answer.",
            _ => $"{ReasonPhrases.GetReasonPhrase(status)}.",
        };
    }

    /// <summary>The sentence that the gateway answered with; null where it has not written one itself.</summary>
    public static string? GivenOf(HttpContext context) => context.Features.Get<Refusal>()?._sentence;

    /// <summary>Why a request was refused, for the log: "login: expired 10 min ago"; null for one that was not, or that its destination has answered.</summary>
    public static string? WordsOf(HttpContext context)
    {
        if (context.Response.StatusCode < StatusCodes.Status400BadRequest)
        {
            return null;
        }

        var reason = ReasonOf(context);
        var error = context.GetForwarderErrorFeature()?.Error;
        var detail = reason switch
        {
            RefusalReason.Destination => error?.ToString(),
            RefusalReason.Login => context.Features.Get<TokenFault>()?.Reason ?? (context.Response.StatusCode == StatusCodes.Status401Unauthorized ? "no token" : null),
            _ => null,
        };
        return (reason, error) switch
        {
            (RefusalReason.Destination, null) when context.Features.Get<IReverseProxyFeature>()?.ProxiedDestination is not null => null,
            _ => detail is null ? reason.ToString().ToLowerInvariant() : $"{reason.ToString().ToLowerInvariant()}: {detail}",
        };
    }

    /// <summary>Why a request was refused that has its answer.</summary>
    public static RefusalReason ReasonOf(HttpContext context)
    {
        if (context.Features.Get<Refusal>()?._reason is { } reason)
        {
            return reason;
        }

        if (context.Features.Get<IReverseProxyFeature>() is { } proxy && (proxy.ProxiedDestination is not null || context.GetForwarderErrorFeature() is not null))
        {
            return RefusalReason.Destination;
        }

        return context.Response.StatusCode switch
        {
            StatusCodes.Status401Unauthorized => RefusalReason.Login,
            StatusCodes.Status503ServiceUnavailable when LoginRefusal.IsForNow(context) => RefusalReason.Login,
            StatusCodes.Status403Forbidden => RefusalReason.Policy,
            StatusCodes.Status404NotFound => RefusalReason.Route,
            StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout => RefusalReason.Destination,
            _ => RefusalReason.Request,
        };
    }
}
