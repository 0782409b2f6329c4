using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace YarpWs.Gateway.Content;

/// <summary>Writes what is in a directory as nginx's autoindex does: directories first, then by name. Names are escaped for where they stand.</summary>
internal static class DirectoryListing
{
    /// <summary>Characters of a name on a page.</summary>
    private const int NameLength = 50;

    private static readonly JavaScriptEncoder JsonText = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private static readonly (long Bytes, char Unit)[] Units = [(1L << 30, 'G'), (1L << 20, 'M'), (1L << 10, 'K')];

    /// <param name="entries">What is there, in any order.</param>
    /// <param name="path">What the client has asked for, decoded.</param>
    /// <param name="options">How.</param>
    /// <param name="zone">That of the times on a page.</param>
    public static byte[] Write(IEnumerable<DirectoryEntry> entries, string path, ListingOptions options, TimeZoneInfo zone)
    {
        var sorted = entries.OrderByDescending(entry => entry.IsDirectory).ThenBy(entry => entry.Name, StringComparer.Ordinal);
        var text = new StringBuilder();
        if (options.Format == ListingFormat.Json)
        {
            text.Append('[').AppendJoin(',', sorted.Select(JsonOf)).Append("\r\n]");
        }
        else
        {
            var title = Html(path);
            text.Append(CultureInfo.InvariantCulture, $"<html>\r\n<head><title>Index of {title}</title></head>\r\n<body>\r\n<h1>Index of {title}</h1><hr><pre><a href=\"../\">../</a>\r\n");
            foreach (var entry in sorted)
            {
                AddLine(text, entry, options, zone);
            }

            text.Append("</pre><hr></body>\r\n</html>\r\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void AddLine(StringBuilder text, DirectoryEntry entry, ListingOptions options, TimeZoneInfo zone)
    {
        var runes = entry.Name.EnumerateRunes().ToList();
        var isCut = runes.Count > NameLength;
        var shown = isCut ? string.Concat(runes.Take(NameLength - 3)) : entry.Name;
        var slash = entry.IsDirectory && runes.Count < NameLength ? "/" : "";
        text.Append(CultureInfo.InvariantCulture, $"<a href=\"{Uri.EscapeDataString(entry.Name)}{(entry.IsDirectory ? "/" : "")}\">{Html(shown)}{(isCut ? "..&gt;" : slash)}</a>");
        text.Append(' ', isCut ? 1 : NameLength - runes.Count - slash.Length + 1);
        var modified = options.LocalTime ? TimeZoneInfo.ConvertTime(entry.Modified, zone) : entry.Modified.ToUniversalTime();
        text.Append(modified.ToString("dd-MMM-yyyy HH:mm", CultureInfo.InvariantCulture)).Append(' ');
        text.Append((entry.IsDirectory ? "-" : SizeOf(entry.Length, options.ExactSize)).PadLeft(options.ExactSize ? 19 : 7)).Append("\r\n");
    }

    /// <summary>A rounded one has its unit, or a blank in its place.</summary>
    private static string SizeOf(long length, bool isExact)
    {
        if (!isExact)
        {
            foreach (var (bytes, unit) in Units)
            {
                if (length >= bytes && length > 9_999)
                {
                    return $"{(length / bytes) + (length % bytes >= bytes / 2 ? 1 : 0)}{unit}";
                }
            }
        }

        return length.ToString(CultureInfo.InvariantCulture);
    }

    private static string JsonOf(DirectoryEntry entry)
    {
        var size = entry.IsDirectory ? "" : $", \"size\":{entry.Length.ToString(CultureInfo.InvariantCulture)}";
        return $"\r\n{{ \"name\":\"{JsonEncodedText.Encode(entry.Name, JsonText)}\", \"type\":\"{(entry.IsDirectory ? "directory" : "file")}\", \"mtime\":\"{entry.Modified.ToString("R", CultureInfo.InvariantCulture)}\"{size} }}";
    }

    private static string Html(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);
}
