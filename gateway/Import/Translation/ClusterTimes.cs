using System.Globalization;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>How long a location waits for its destinations, and how many of them it asks.</summary>
/// <param name="scope">The location's block.</param>
/// <param name="report">Where it is told.</param>
internal sealed class ClusterTimes(Scope scope, ImportReport report)
{
    public void AddTo(CommentedJson settings, CommentedJson metadata)
    {
        var read = TimeOf("proxy_read_timeout", "The cluster's HttpRequest:ActivityTimeout; for sockets the route's Sockets.IdleTimeout.") ?? TimeSpan.FromSeconds(60);
        if (scope.Find("proxy_send_timeout") is { } send)
        {
            report.Say(send, send.Argument == scope.Find("proxy_read_timeout")?.Argument || send.Argument is "60" or "60s" ? ImportOutcome.Kept : ImportOutcome.Changed,
                "One time holds for both directions, that of proxy_read_timeout: the cluster's HttpRequest:ActivityTimeout.");
        }

        if (TimeOf("proxy_connect_timeout", "The cluster's Connections.ConnectTimeout.") is { } connect)
        {
            metadata.Set("Connections.ConnectTimeout", NginxValue.Write(Clamp(connect, TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(5))));
        }

        metadata.Set("Connections.FirstByteTimeout", NginxValue.Write(Clamp(read, TimeSpan.FromSeconds(0.1), TimeSpan.FromDays(1))));
        settings.Set("HttpRequest", new CommentedJson().Set("Version", "1.1").Set("VersionPolicy", "RequestVersionExact").Set("ActivityTimeout", NginxValue.Write(read)));
        if (scope.Find("proxy_next_upstream") is { } next)
        {
            if (next.Arguments.Contains("off"))
            {
                metadata.Set("Balancing.Attempts", "1");
                report.Say(next, ImportOutcome.Kept, "Balancing.Attempts 1.");
            }
            else
            {
                var byAnswer = next.Arguments.Where(argument => argument.StartsWith("http_", StringComparison.Ordinal) || argument is "invalid_header" or "non_idempotent").ToList();
                report.Say(next, byAnswer.Count == 0 ? ImportOutcome.Kept : ImportOutcome.Changed, byAnswer.Count == 0
                    ? "What was not sent, and a GET without a body that was not answered, goes to another destination (Balancing.Attempts)."
                    : $"error and timeout are kept; an answer is an answer here, so that none is asked of another destination for {string.Join(", ", byAnswer)}.");
            }
        }

        if (scope.Find("proxy_next_upstream_tries") is { } tries && int.TryParse(tries.Argument, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= 100)
        {
            metadata.Set("Balancing.Attempts", tries.Argument);
            report.Say(tries, ImportOutcome.Kept, "Balancing.Attempts.");
        }
    }

    private TimeSpan? TimeOf(string name, string what)
    {
        if (scope.Find(name) is not { } directive)
        {
            return null;
        }

        if (NginxValue.Time(directive.Argument) is { } time && time > TimeSpan.Zero)
        {
            report.Say(directive, ImportOutcome.Kept, what);
            return time;
        }

        report.Say(directive, ImportOutcome.Unsupported, $"'{directive.Argument}' is no time that can be kept; nginx's default is written.");
        return null;
    }

    private static TimeSpan Clamp(TimeSpan time, TimeSpan least, TimeSpan most) => time < least ? least : time > most ? most : time;
}
