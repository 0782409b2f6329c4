using System.Text;
using System.Text.Json;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary>Rows of JSON objects as a table for a reader: a column for each property, as wide as its widest cell.</summary>
internal static class TextTable
{
    private const string Gap = "  ";

    /// <param name="rows">The objects.</param>
    /// <param name="columns">The head of each column and the property below it.</param>
    public static IEnumerable<string> Of(IEnumerable<JsonElement> rows, params (string Head, string Property)[] columns)
    {
        List<string[]> cells = [[.. columns.Select(column => column.Head)], .. rows.Select(row => columns.Select(column => Cell(row, column.Property)).ToArray())];
        var widths = columns.Select((_, column) => cells.Max(row => row[column].Length)).ToArray();
        return cells.Select(row => string.Join(Gap, row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    /// <summary>A property's value as text, "-" where there is none. Control characters, which could steer a terminal, are replaced.</summary>
    public static string Cell(JsonElement row, string property)
    {
        if (!row.TryGetProperty(property, out var value) || value.ValueKind is JsonValueKind.Null)
        {
            return "-";
        }

        var text = new StringBuilder(value.ToString());
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]))
            {
                text[i] = '?';
            }
        }

        return text.ToString();
    }
}
