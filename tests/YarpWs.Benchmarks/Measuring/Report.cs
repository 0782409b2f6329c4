using System.Text.Encodings.Web;
using System.Text.Json;

namespace YarpWs.Benchmarks.Measuring;

/// <summary>Outcomes as JSON, for programs that compare runs.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Of(IReadOnlyList<Outcome> outcomes) => JsonSerializer.Serialize(
        new { Machine = Machine.Describe().ToDictionary(line => line.Name, line => line.Value), Figures = outcomes },
        Options);
}
