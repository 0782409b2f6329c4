using System.Text.Json;
using System.Text.Json.Serialization;

namespace YarpWs.Gateway.Access.Logins;

/// <summary>What a page asks a ticket for, as JSON.</summary>
internal sealed record TicketRequest
{
    public const int LargestBody = 8 * 1024;

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
    };

    /// <summary>The path of the WebSocket to open, without a query; percent-encoded or not.</summary>
    public string? Path { get; init; }

    /// <summary>The path as a handshake for it will have it, or why there is none.</summary>
    public static async Task<(string? Path, int Status, string? Complaint)> ReadAsync(HttpRequest request)
    {
        const string Example = "Send application/json, such as {\"path\": \"/ws/start/blue\"}.";
        if (!request.HasJsonContentType())
        {
            return (null, StatusCodes.Status415UnsupportedMediaType, Example);
        }

        try
        {
            var order = await request.ReadFromJsonAsync<TicketRequest>(Strict, request.HttpContext.RequestAborted);
            return order?.Path is ['/', ..] path && path.IndexOfAny(['?', '#']) < 0
                ? (PathString.FromUriComponent(path).Value, StatusCodes.Status200OK, null)
                : (null, StatusCodes.Status400BadRequest, "path: use the path of the WebSocket, which begins with / and has no query.");
        }
        catch (JsonException)
        {
            return (null, StatusCodes.Status400BadRequest, Example);
        }
        catch (BadHttpRequestException exception)
        {
            return (null, exception.StatusCode, $"Use at most {LargestBody} bytes.");
        }
    }
}
