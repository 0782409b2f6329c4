using Microsoft.Extensions.Primitives;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.AuthRequests;

/// <summary>Lets in those requests and handshakes of a route that another server lets in, and keeps its answer for the texts of the route (<see cref="AuthAnswer"/>).</summary>
internal sealed class AuthRequests(ClusterClient clusters, AuthRequestReport report)
{
    public RequestDelegate Then(string route, AuthRequestOptions options, RequestDelegate next)
    {
        var question = new AuthQuestion(options);
        return context => CheckAsync(context, route, options, question, next);
    }

    private async Task CheckAsync(HttpContext context, string route, AuthRequestOptions options, AuthQuestion question, RequestDelegate next)
    {
        ClusterAnswer<Answer> answer;
        try
        {
            answer = await clusters.AskAsync(
                options.Cluster!, question.ContextOf(context), address => question.ToRequest(address, context), static (response, _) => new ValueTask<Answer>(Read(response)), options.Timeout, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone.
            return;
        }

        if (answer.Value is not { } given)
        {
            report.Failed(route, answer.Cause, answer.Remedy);
            await RefuseUndecidedAsync(context);
            return;
        }

        context.Features.Set(given.Kept);
        switch (given.Status)
        {
            case >= 200 and < 300:
                report.Answered(route, letsIn: true);
                await next(context);
                break;
            case StatusCodes.Status401Unauthorized:
                report.Answered(route, letsIn: false);
                context.Response.Headers.WWWAuthenticate = given.Challenges;
                await Refusal.WriteAsync(context, given.Status, "Nobody is logged in, or not any more; log in again.", RefusalReason.Login);
                break;
            case StatusCodes.Status403Forbidden:
                report.Answered(route, letsIn: false);
                await Refusal.WriteAsync(context, given.Status, "This address is not open to you.", RefusalReason.Policy);
                break;
            default:
                report.Failed(route, $"{options.Cluster} answered {given.Status}", "Have it answer 2xx to let in, and 401 or 403 to refuse.");
                await RefuseUndecidedAsync(context);
                break;
        }
    }

    private static Task RefuseUndecidedAsync(HttpContext context) =>
        Refusal.WriteAsync(context, StatusCodes.Status500InternalServerError, "Whether this address is open to you cannot be found out now.", RefusalReason.Login);

    /// <summary>The body says nothing, and the client lets it go.</summary>
    private static Answer Read(HttpResponseMessage response) => new(
        (int)response.StatusCode,
        new AuthAnswer((int)response.StatusCode, response.Headers),
        response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var challenges) ? new StringValues([.. challenges]) : StringValues.Empty);

    private sealed record Answer(int Status, AuthAnswer Kept, StringValues Challenges);
}
