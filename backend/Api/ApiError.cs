using System.Text.Json.Serialization;

namespace YarpWs.Backend.Api;

/// <summary>The body of every refusal of the HTTP API, as the Web PubSub data plane writes it.</summary>
internal sealed record ApiError(
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("target"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Target = null)
{
    public const string MediaTypes = "Send application/json, text/plain with a known charset, or application/octet-stream.";

    public static IResult BadRequest(string target, string message) =>
        Results.Json(new ApiError("Error.BadRequest", message, target), statusCode: StatusCodes.Status400BadRequest);

    public static IResult NotFound() =>
        Results.Json(new ApiError("Error.NotFound", "No such path; paths are case-sensitive."), statusCode: StatusCodes.Status404NotFound);

    public static IResult Forbidden(string message) =>
        Results.Json(new ApiError("Error.Forbidden", message), statusCode: StatusCodes.Status403Forbidden);

    public static IResult TooLarge(int maxBytes) =>
        Results.Json(new ApiError("Error.PayloadTooLarge", $"A message has at most {maxBytes} bytes."), statusCode: StatusCodes.Status413PayloadTooLarge);

    public static IResult UnsupportedMediaType() => Results.Json(
        new ApiError("Error.UnsupportedMediaType", MediaTypes),
        statusCode: StatusCodes.Status415UnsupportedMediaType);

    public static IResult Unavailable(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Results.Json(new ApiError("Error.Unavailable", "Redis is away; send again in 1 s."), statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
