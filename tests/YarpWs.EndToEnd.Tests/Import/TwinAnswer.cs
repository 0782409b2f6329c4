using System.Text.Json;
using System.Text.RegularExpressions;
using YarpWs.EndToEnd.Tests.Cluster;

namespace YarpWs.EndToEnd.Tests.Import;

/// <summary>An answer, and what of it is compared.</summary>
/// <param name="Status">0 where the connection ended without one.</param>
/// <param name="Headers">Its headers, each "name: value".</param>
/// <param name="Arrival">What a backend was asked; null where none was.</param>
/// <param name="Body">The body where no backend gave it, and it is no server's own page.</param>
internal sealed partial record TwinAnswer(int Status, IReadOnlyList<string> Headers, Arrival? Arrival, string Body)
{
    /// <summary>What each server says of itself and of its connections.</summary>
    private static readonly string[] OwnHeaders = ["Date", "Server", "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Upgrade", "X-Request-Id", "Alt-Svc"];

    private static readonly string[] OwnRequestHeaders = ["X-Request-Id", "traceparent", "tracestate"];

    public static TwinAnswer None { get; } = new(0, [], null, "");

    public static async Task<TwinAnswer> ReadAsync(HttpResponseMessage answer, Uri server)
    {
        var body = (int)answer.StatusCode == 101 ? await ReadFirstMessageAsync(answer) : await answer.Content.ReadAsByteArrayAsync(Deadline.Token());
        var arrival = body is [(byte)'{', ..] && answer.Content.Headers.ContentEncoding.Count == 0
            ? JsonSerializer.Deserialize<Arrival>(System.Text.Encoding.UTF8.GetString(body).Replace($"\"{server.Port}\"", "\"PORT\"", StringComparison.Ordinal).Replace($":{server.Port}", ":PORT", StringComparison.Ordinal))
            : null;
        var text = answer.Content.Headers.ContentEncoding.Count > 0 ? "compressed" : System.Text.Encoding.UTF8.GetString(body);
        var isOwnPage = arrival is null && (int)answer.StatusCode >= 300 && (text.Length == 0 || text.Contains("<center>nginx", StringComparison.Ordinal) || answer.Content.Headers.ContentType?.ToString() == "text/plain; charset=utf-8");
        var own = isOwnPage ? OwnHeaders.Concat(answer.Headers.CacheControl?.NoStore == true ? ["Content-Type", "Cache-Control", "Vary"] : ["Content-Type", "Vary"]) : OwnHeaders;
        var headers = answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated)
            .Where(header => !own.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
            .SelectMany(header => header.Value.Select(value => $"{header.Key.ToLowerInvariant()}: {Normal(header.Key, value, answer, server)}"))
            .Order(StringComparer.Ordinal);
        return new TwinAnswer((int)answer.StatusCode, [.. headers], arrival, isOwnPage || arrival is not null ? "" : text);
    }

    /// <summary>Each difference as "KIND | nginx | gateway".</summary>
    public IEnumerable<string> DifferencesTo(TwinAnswer other)
    {
        if (Status != other.Status)
        {
            yield return $"status | {Status} | {other.Status}";
            yield break;
        }

        foreach (var name in Headers.Concat(other.Headers).Select(header => header.Split(": ")[0]).Distinct())
        {
            var (one, two) = (Values(Headers, name), Values(other.Headers, name));
            if (one != two)
            {
                yield return $"header {name} | {one} | {two}";
            }
        }

        if (Body != other.Body)
        {
            yield return $"body | {Body} | {other.Body}";
        }

        if ((Arrival is null) != (other.Arrival is null))
        {
            yield return $"backend | {(Arrival is null ? "not asked" : "asked")} | {(other.Arrival is null ? "not asked" : "asked")}";
        }
        else if (Arrival is not null && other.Arrival is not null)
        {
            if ((Arrival.Method, Arrival.Target) != (other.Arrival.Method, other.Arrival.Target))
            {
                yield return $"backend asked | {Arrival.Method} {Arrival.Target} | {other.Arrival.Method} {other.Arrival.Target}";
            }

            foreach (var name in Arrival.Headers.Keys.Concat(other.Arrival.Headers.Keys).Distinct(StringComparer.OrdinalIgnoreCase).Except(OwnRequestHeaders, StringComparer.OrdinalIgnoreCase))
            {
                var (one, two) = (Time().Replace(Arrival.Header(name) ?? "", "TIME"), Time().Replace(other.Arrival.Header(name) ?? "", "TIME"));
                if (one != two)
                {
                    yield return $"backend's header {name.ToLowerInvariant()} | {one} | {two}";
                }
            }
        }
    }

    private static string Values(IReadOnlyList<string> headers, string name) => string.Join(", ", headers.Where(header => header.StartsWith(name + ": ", StringComparison.Ordinal)).Select(header => header[(name.Length + 2)..]));

    private static string Normal(string name, string value, HttpResponseMessage answer, Uri server) =>
        name.Equals("Expires", StringComparison.OrdinalIgnoreCase) && DateTimeOffset.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var at) && answer.Headers.Date is { } date && at - date is var age && age > TimeSpan.Zero && age < TimeSpan.FromDays(400)
            ? $"{Math.Round(age.TotalSeconds)} s from now"
            : value.Replace($":{server.Port}", ":PORT", StringComparison.Ordinal);

    /// <summary>The first frame: of the server, so that it has no mask.</summary>
    private static async Task<byte[]> ReadFirstMessageAsync(HttpResponseMessage answer)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(Deadline.Token());
        var head = new byte[4];
        await stream.ReadExactlyAsync(head.AsMemory(0, 2), Deadline.Token());
        var length = head[1] & 0x7F;
        if (length == 126)
        {
            await stream.ReadExactlyAsync(head.AsMemory(2, 2), Deadline.Token());
            length = (head[2] << 8) | head[3];
        }

        var message = new byte[length];
        await stream.ReadExactlyAsync(message, Deadline.Token());
        return message;
    }

    [GeneratedRegex(@"\b\d{10}\.\d{3}\b")]
    private static partial Regex Time();
}
