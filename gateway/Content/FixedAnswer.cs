using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Content;

/// <summary>The end of a route that answers the same to everything.</summary>
internal sealed class FixedAnswer(AnswerOptions options, InternalRedirects redirects)
{
    /// <summary>What nginx calls a connection that is closed without an answer; it stands in the access log alone.</summary>
    private const int NoAnswer = 444;

    private readonly RequestText? _body = options.Body is null ? null : RequestText.Parse(options.Body);
    private readonly RequestText? _location = options.Location is null ? null : RequestText.Parse(HeaderText.Of(options.Location));
    private readonly RequestText? _path = options.Path is null ? null : RequestText.Parse(options.Path);
    private readonly RequestText _type = RequestText.Parse(HeaderText.Of(options.ContentType));
    private readonly int _status = options.Status ?? (options.Location is null ? StatusCodes.Status200OK : StatusCodes.Status302Found);

    /// <summary>Arguments of the request go behind others by an ampersand and $args, which leaves nothing where there are none.</summary>
    private readonly bool _endsWithArguments = (options.Path ?? options.Location)?.EndsWith("&$args", StringComparison.Ordinal) == true;

    public Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        if (options.Close)
        {
            Refusal.Mark(context, NoAnswer, RefusalReason.Route);
            context.Abort();
            return Task.CompletedTask;
        }

        if (_path is not null)
        {
            return redirects.RunAsync(context, WithArguments(_path.Of(context)), status: null, isRewritten: true);
        }

        if (_location is not null)
        {
            response.Headers.Location = WithArguments(_location.Of(context));
        }
        else if (_body is null && _status >= StatusCodes.Status400BadRequest)
        {
            return Refusal.WriteAsync(context, _status, $"{ReasonPhrases.GetReasonPhrase(_status)}.", RefusalReason.Route);
        }

        if (_status < StatusCodes.Status300MultipleChoices && Handshake.Of(context) is { IsExtendedConnect: true })
        {
            // The client would take it for a socket that is open (RFC 8441, section 4).
            return Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "No WebSocket is opened here.", RefusalReason.Route);
        }

        response.StatusCode = _status;
        if (_body is null || _status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
        {
            return Task.CompletedTask;
        }

        var body = Encoding.UTF8.GetBytes(_body.Of(context));
        response.ContentType = (options.TypeByPath ? FileTypes.Find(RouteValueText.PathOf(context)) : null) ?? _type.Of(context);
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private string WithArguments(string target) => _endsWithArguments && target.EndsWith('&') ? target[..^1] : target;
}
