using System.Text.RegularExpressions;

namespace YarpWs.EndToEnd.Tests.Cluster;

/// <summary>Servers that choose their port themselves, and say which: gunicorn and daphne.</summary>
internal static partial class ListeningProcess
{
    /// <summary>Where it listens, as soon as it says so.</summary>
    public static async Task<Uri> AddressAsync(this ChildProcess server)
    {
        Match? said = null;
        await Eventually.IsAsync(
            _ => Task.FromResult((said = Listening().Match(server.Output)).Success || (server.HasExited ? throw new InvalidOperationException(server.Output) : false)),
            "the server to say where it listens",
            TimeSpan.FromMinutes(1),
            () => server.Output);
        return new Uri($"http://127.0.0.1:{said!.Groups[1].Value}");
    }

    [GeneratedRegex(@"[Ll]istening (?:at: http://|on TCP address )127\.0\.0\.1:(\d+)")]
    private static partial Regex Listening();
}
