using System.Text.Json;
using System.Text.Json.Serialization;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Routes;
using YarpWs.Gateway.Routes.Text;

namespace YarpWs.Gateway.Operator;

/// <summary>
/// <c>GET /routes</c>: what runs. <c>GET /routes/history</c>: what ran. <c>GET /routes/history/{revision}</c>: what going back to it would change. <c>POST /routes/plan</c>: what a settings file would change.
/// <c>POST /routes</c>: takes one. <c>POST /routes/rollback</c>: goes back. <c>POST /routes/explain</c>: where a request would go.
/// </summary>
internal sealed class RoutePages(RouteTable table, RouteExplanation explanation)
{
    private const string HistoryPrefix = "/history/";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public Task AnswerAsync(HttpContext context, string rest) => (context.Request.Method, rest) switch
    {
        ("GET" or "HEAD", "") => WriteAsync(context, StatusCodes.Status200OK, RouteViews.Of(table.State)),
        ("GET" or "HEAD", "/history") => WriteAsync(context, StatusCodes.Status200OK, table.State.History.Select(RouteViews.Of)),
        ("GET" or "HEAD", _) when rest.StartsWith(HistoryPrefix, StringComparison.Ordinal) => CompareAsync(context, rest[HistoryPrefix.Length..]),
        ("POST", _) when !context.Request.HasJsonContentType() =>
            // Also keeps other pages of the operator's browser out: they cannot send this type without being asked first.
            Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "Send application/json."),
        ("POST", "") => ReplaceAsync(context),
        ("POST", "/plan") => PlanAsync(context),
        ("POST", "/rollback") => RollBackAsync(context),
        ("POST", "/explain") => ExplainAsync(context),
        _ => Refusal.WriteAsync(
            context, StatusCodes.Status404NotFound, "Here are GET /routes, /routes/history and /routes/history/{revision}, POST /routes, /routes/plan, /routes/rollback and /routes/explain."),
    };

    private Task CompareAsync(HttpContext context, string number) => table.State.Find(number) is { } revision
        ? WriteAsync(context, StatusCodes.Status200OK, RouteViews.Of(revision.Content, table.PlanOf(revision.Content)))
        : Refusal.WriteAsync(context, StatusCodes.Status404NotFound, $"No revision '{number}'; GET /routes/history lists them.");

    private async Task ReplaceAsync(HttpContext context)
    {
        var settings = await BodyAsync(context);
        CheckedRoutes content;
        RoutePlan? plan;
        try
        {
            (content, plan) = await table.ReplaceAsync(settings, context.RequestAborted);
        }
        catch (IOException exception)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status409Conflict, $"Nothing has changed: {exception.Message}");
            return;
        }

        await WriteAsync(context, StatusOf(content), RouteViews.Of(content, plan));
    }

    private async Task PlanAsync(HttpContext context)
    {
        var content = await table.CheckAsync(table.TextOf(await BodyAsync(context)));
        await WriteAsync(context, StatusOf(content), RouteViews.Of(content, content.HasErrors ? null : table.PlanOf(content)));
    }

    private async Task RollBackAsync(HttpContext context)
    {
        if (await ReadAsync<RollbackRequest>(context) is not { } order)
        {
            return;
        }

        if (order.Revision is not { Length: > 0 })
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "revision: write a number of GET /routes/history, or the first letters of a hash, such as {\"revision\": \"1\"}.");
            return;
        }

        if (table.State.Find(order.Revision) is not { } revision)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status404NotFound, $"No revision '{order.Revision}'; GET /routes/history lists them.");
            return;
        }

        var unwritten = await table.GoBackAsync(revision, context.RequestAborted);
        await WriteAsync(context, StatusCodes.Status200OK, new { running = RouteViews.Of(table.State.Running), filesNotWritten = unwritten });
    }

    private async Task ExplainAsync(HttpContext context)
    {
        if (await ReadAsync<ExplainedRequest>(context) is not { } request)
        {
            return;
        }

        if (request.Complaint() is { } complaint)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, complaint);
            return;
        }

        await WriteAsync(context, StatusCodes.Status200OK, await explanation.OfAsync(request, table.State.Content));
    }

    private static int StatusOf(CheckedRoutes content) => content.HasErrors ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK;

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        // Bounded by Edge:MaxRequestBodyBytes.
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    private static async Task<T?> ReadAsync<T>(HttpContext context)
        where T : class
    {
        try
        {
            return await context.Request.ReadFromJsonAsync<T>(Json, context.RequestAborted) ?? throw new JsonException("it is null.");
        }
        catch (JsonException exception)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, $"The body cannot be read: {RequestBody.FaultOf(exception)}");
            return null;
        }
    }

    private static Task WriteAsync(HttpContext context, int status, object answer)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(answer, Json, context.RequestAborted);
    }

    /// <param name="Revision">A number of the history, or the beginning of a hash.</param>
    private sealed record RollbackRequest(string? Revision);
}
