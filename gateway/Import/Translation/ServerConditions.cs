using System.Text.RegularExpressions;
using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Conditions of a server that answer to some hosts, or to one scheme: a server of its own each.</summary>
internal sealed partial class ServerConditions
{
    /// <param name="scope">The server's block.</param>
    /// <param name="report">Where it is told.</param>
    public ServerConditions(Scope scope, ImportReport report)
    {
        foreach (var condition in scope.Own("if").Where(condition => condition.Inner is [{ Name: "return" }]))
        {
            var text = string.Join(' ', condition.Arguments).Trim('(', ')', ' ');
            if (HostIs().Match(text) is { Success: true } host)
            {
                ByHost.Add((host.Groups["host"].Value, condition));
                report.Say(condition, ImportOutcome.Kept, "A server of its own for this host.");
            }
            else if (SchemeIs().Match(text) is { Success: true } scheme)
            {
                ByScheme.Add((scheme.Groups["value"].Value is "https" or "on" != scheme.Groups["not"].Success, condition));
                report.Say(condition, ImportOutcome.Kept, "A server of its own for the ports without, or with, TLS.");
            }
        }
    }

    /// <summary>Answers to some hosts alone.</summary>
    public List<(string Host, Directive If)> ByHost { get; } = [];

    /// <summary>Answers to what comes without TLS, or with it.</summary>
    public List<(bool IsTls, Directive If)> ByScheme { get; } = [];

    [GeneratedRegex(@"^\$(?:host|http_host)\s*=\s*""?(?<host>[A-Za-z0-9.-]+)""?$")]
    private static partial Regex HostIs();

    [GeneratedRegex(@"^\$(?:scheme|https)\s*(?<not>!)?=\s*[""']?(?<value>https?|on)[""']?$")]
    private static partial Regex SchemeIs();
}
