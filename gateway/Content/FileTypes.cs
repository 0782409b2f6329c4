using System.Collections.Frozen;
using Microsoft.AspNetCore.StaticFiles;

namespace YarpWs.Gateway.Content;

/// <summary>Types of files by the ends of their names. Any thread may ask.</summary>
internal static class FileTypes
{
    /// <summary>The platform's table, and what it has not, or has by names that browsers do not take.</summary>
    private static readonly FrozenDictionary<string, string> Known = new Dictionary<string, string>(new FileExtensionContentTypeProvider().Mappings, StringComparer.OrdinalIgnoreCase)
    {
        [".mjs"] = "text/javascript",
        [".webmanifest"] = "application/manifest+json",
        [".avif"] = "image/avif",
        [".map"] = "application/json",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public static string? Find(string name) => Known.GetValueOrDefault(Path.GetExtension(name));
}
