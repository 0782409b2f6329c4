using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace YarpWs.Gateway.Operator;

/// <summary>What all orders to close sockets have in common: strict JSON, and a close that may be sent.</summary>
internal static class RequestBody
{
    private const int LongestReason = 123;

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Reads an order, or says what is wrong with it.</summary>
    public static async Task<(T? Order, string? Complaint)> ReadAsync<T>(HttpRequest request, string example)
        where T : class
    {
        // Also keeps other pages of the operator's browser out: they cannot send this type without being asked first.
        if (!request.HasJsonContentType())
        {
            return (null, $"Send application/json, such as {example}.");
        }

        try
        {
            var order = await request.ReadFromJsonAsync<T>(Strict, request.HttpContext.RequestAborted);
            return (order, order is null ? "The body is null." : null);
        }
        catch (JsonException exception)
        {
            return (null, $"The body is not an order: {FaultOf(exception)} Expected one such as {example}.");
        }
    }

    /// <summary>What is wrong with JSON, in a sentence: the platform's own name types of the program.</summary>
    public static string FaultOf(JsonException exception)
    {
        var place = exception.Path is null or "$" ? "" : $" at {exception.Path}";
        return exception.Message switch
        {
            var text when text.Contains("could not be mapped to any .NET member", StringComparison.Ordinal) => $"'{text.Split('\'')[1]}' is not known.",
            var text when text.Contains("could not be converted to", StringComparison.Ordinal) => $"a value{place} is of another kind than can be taken.",
            var text when text.Contains("doesn't allow setting null values", StringComparison.Ordinal) => $"the value{place} is null.",
            var text => text.Split(" Path:")[0].Split(" LineNumber:")[0],
        };
    }

    public static string? Complaint(int code, string reason, double? perSecond) => (code, perSecond) switch
    {
        (not (1000 or 1001 or 1008 or (>= 1011 and <= 1014) or (>= 3000 and <= 4999)), _) => "code: use 1000, 1001, 1008, 1011 to 1014, or 3000 to 4999.",
        (_, not (null or (>= 1 and <= 1_000_000))) => "perSecond: use 1 to 1000000.",
        _ when Encoding.UTF8.GetByteCount(reason) > LongestReason => $"reason: use at most {LongestReason} bytes.",
        _ => null,
    };
}
