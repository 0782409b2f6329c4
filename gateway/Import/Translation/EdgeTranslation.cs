using System.Globalization;
using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>The bounds of connections and requests that hold for all servers.</summary>
/// <param name="bodySize">client_max_body_size of the http block; null where it says none.</param>
/// <param name="all">All directives of a name.</param>
/// <param name="report">Where it is told.</param>
internal sealed class EdgeTranslation(Directive? bodySize, Func<string, IEnumerable<Directive>> all, ImportReport report)
{
    public CommentedJson Translate()
    {
        var edge = new CommentedJson();
        var body = bodySize is { } own ? NginxValue.Size(own.Argument) : 1 << 20;
        edge.Set("MaxRequestBodyBytes", body is null ? 1 << 20 : body == 0 ? 1L << 40 : body, bodySize is null ? ["nginx's default; the gateway's own is 4 MiB."] : []);
        if (bodySize is { } size)
        {
            report.Say(size, ImportOutcome.Kept, "Edge:MaxRequestBodyBytes.");
        }

        AddTime(edge, "keepalive_timeout", "KeepAliveTimeout", TimeSpan.FromHours(1));
        AddTime(edge, "client_header_timeout", "RequestHeadersTimeout", TimeSpan.FromMinutes(5));
        foreach (var buffers in all("large_client_header_buffers"))
        {
            if (buffers.Arguments is [var count, var each] && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && NginxValue.Size(each) is { } bytes)
            {
                edge.Set("MaxRequestLineBytes", Math.Clamp(bytes, 1024, 1 << 20)).Set("MaxRequestHeadersBytes", Math.Clamp(bytes * number, 1024, 1 << 20));
                report.Say(buffers, ImportOutcome.Kept, "Edge:MaxRequestLineBytes, and Edge:MaxRequestHeadersBytes.");
            }
        }

        return edge;
    }

    /// <summary>One time holds for all servers: the longest of those that are said.</summary>
    private void AddTime(CommentedJson edge, string name, string key, TimeSpan most)
    {
        var longest = TimeSpan.Zero;
        var said = all(name).ToList();
        foreach (var directive in said)
        {
            if (NginxValue.Time(directive.Argument) is { } time)
            {
                longest = time > longest ? time : longest;
                report.Say(directive, said.Count == 1 && time >= TimeSpan.FromSeconds(1) && time <= most ? ImportOutcome.Kept : ImportOutcome.Changed,
                    said.Count == 1 ? $"Edge:{key}, from 1 s to {most.TotalMinutes} min." : $"Edge:{key} holds for all servers: the longest time.");
            }
        }

        if (said.Count > 0)
        {
            edge.Set(key, NginxValue.Write(longest < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : longest > most ? most : longest));
        }
    }
}
