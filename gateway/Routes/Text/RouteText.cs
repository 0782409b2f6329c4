using System.Security.Cryptography;
using System.Text;

namespace YarpWs.Gateway.Routes.Text;

/// <summary>What stood in the settings file and the files of Routes:Directory at one moment, unread.</summary>
/// <param name="Files">The settings file first, then the directory's by name; empty for a gateway without files.</param>
/// <param name="Fault">Why they could not be read; null when they could.</param>
internal sealed record RouteText(IReadOnlyList<RouteFile> Files, RouteFault? Fault)
{
    /// <summary>The same for the same names and bytes, and for the same reason not to have them.</summary>
    public string Hash { get; } = HashOf(Files, Fault);

    private static string HashOf(IReadOnlyList<RouteFile> files, RouteFault? fault)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.Name}\n{file.Text.Length}\n"));
            hash.AppendData(file.Text);
        }

        hash.AppendData(Encoding.UTF8.GetBytes(fault?.ToString() ?? ""));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 6));
    }
}

internal sealed record RouteFile(string Name, byte[] Text);

internal sealed record RouteFault(string File, string Message);
