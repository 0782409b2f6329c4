using System.Text;
using System.Text.Json;

namespace YarpWs.Gateway.Admin;

/// <summary>What <c>POST /sockets/close</c> is asked to do, as JSON: which sockets, how they are told, how fast.</summary>
internal sealed record CloseOrder
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };

    public SocketFilter Filter { get; init; } = new();

    /// <summary>The close code: 1000, 1001, 1008, 1011 to 1014, or 3000 to 4999. Default 1012, come back.</summary>
    public int Code { get; init; } = 1012;

    /// <summary>At most 123 bytes.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Sockets told per second, at least 1. Default 100.</summary>
    public double PerSecond { get; init; } = 100;

    /// <summary>Whether only to say how many there are. Default true: nobody is closed by an order that forgot to say so.</summary>
    public bool DryRun { get; init; } = true;

    public static async Task<(CloseOrder? Order, string? Complaint)> ReadAsync(HttpRequest request)
    {
        // Also keeps other pages of the operator's browser out: they cannot send this type without being asked first.
        if (!request.HasJsonContentType())
        {
            return (null, "Send application/json, such as {\"filter\": {\"user\": \"ann\"}, \"code\": 1012, \"perSecond\": 100, \"dryRun\": true}.");
        }

        try
        {
            var order = await request.ReadFromJsonAsync<CloseOrder>(Strict, request.HttpContext.RequestAborted);
            return order?.Complaint() is { } complaint ? (null, complaint) : (order, order is null ? "The body is null." : null);
        }
        catch (JsonException exception)
        {
            return (null, $"The body is not an order: {exception.Message}");
        }
    }

    private string? Complaint() => this switch
    {
        { Code: not (1000 or 1001 or 1008 or (>= 1011 and <= 1014) or (>= 3000 and <= 4999)) } => "code: use 1000, 1001, 1008, 1011 to 1014, or 3000 to 4999.",
        { PerSecond: not (>= 1 and <= 1_000_000) } => "perSecond: use 1 to 1000000.",
        _ when Encoding.UTF8.GetByteCount(Reason) > 123 => "reason: use at most 123 bytes.",
        _ => null,
    };
}
