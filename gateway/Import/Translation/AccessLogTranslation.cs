using System.Text.RegularExpressions;
using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Telemetry.AccessLogs;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Makes named logs of access_log and log_format.</summary>
internal sealed partial class AccessLogTranslation
{
    private readonly ImportReport _report;
    private readonly Func<string, string> _pathOf;
    private readonly Dictionary<string, Directive> _formats = new(StringComparer.Ordinal);
    private readonly Dictionary<(string File, string Format), string> _names = [];
    private readonly CommentedJson _logs = new();

    /// <param name="http">The http block.</param>
    /// <param name="pathOf">Where a file that is named in the configuration is.</param>
    /// <param name="report">Where it is told.</param>
    public AccessLogTranslation(Scope http, Func<string, string> pathOf, ImportReport report)
    {
        (_report, _pathOf) = (report, pathOf);
        foreach (var format in http.Own("log_format"))
        {
            _formats.TryAdd(format.Argument, format);
        }

        Default = Of(http);
    }

    /// <summary>The logs of what says nothing of them.</summary>
    public IReadOnlyList<object>? Default { get; }

    /// <summary>The logs of a block, "off" for none; null where neither it nor those around it says so.</summary>
    public IReadOnlyList<object>? Of(Scope scope)
    {
        var names = new List<object>();
        foreach (var log in scope.FindAll("access_log"))
        {
            if (log.Argument is "off" or "/dev/null")
            {
                _report.Say(log, ImportOutcome.Kept, "AccessLogs: off.");
            }
            else if (!names.Contains(NameOf(log)))
            {
                names.Add(NameOf(log));
            }
        }

        return names.Count > 0 ? names : scope.FindAll("access_log").Count > 0 ? ["off"] : null;
    }

    /// <summary>The section AccessLogs; null where nothing is said.</summary>
    public CommentedJson? Settle()
    {
        if (_logs.IsEmpty && Default is null)
        {
            return null;
        }

        var section = new CommentedJson();
        if (Default is not null)
        {
            section.Set("Default", Default);
        }

        return _logs.IsEmpty ? section : section.Set("Logs", _logs);
    }

    private string NameOf(Directive log)
    {
        var format = log.Arguments.ElementAtOrDefault(1) is { } second && !second.Contains('=', StringComparison.Ordinal) ? second : "combined";
        var file = !log.Argument.StartsWith("syslog:", StringComparison.Ordinal) && !log.Argument.Contains('$', StringComparison.Ordinal) ? _pathOf(log.Argument) : "";
        var isStandard = file is "/dev/stdout" or "/dev/stderr";
        var isThere = !isStandard && Directory.Exists(Path.GetDirectoryName(file));
        var condition = log.Arguments.Any(argument => argument.StartsWith("if=", StringComparison.Ordinal)) ? " All requests are logged, whatever 'if' says." : "";
        _report.Say(log, (isThere || isStandard) && condition.Length == 0 ? ImportOutcome.Kept : ImportOutcome.Changed, (isThere ? "AccessLogs:Logs." : isStandard
            ? "AccessLogs:Logs, to the standard output." : $"AccessLogs:Logs, to the standard output, because {(file.Length > 0 ? $"the directory of {file} is not there" : "a log has one file")}; write its File to change that.") + condition);
        var key = (isThere ? file : "", format);
        if (!_names.TryGetValue(key, out var name))
        {
            name = format == "combined" ? "access" : format;
            for (var number = 2; _names.ContainsValue(name) || name is "console" or "off"; number++)
            {
                name = $"{format}-{number}";
            }

            _names.Add(key, name);
            var json = new CommentedJson();
            if (isThere)
            {
                json.Set("File", file);
            }

            _logs.Set(name, AddFormat(json, format), $"{Upstreams.Place(log)}: {log}");
        }

        return name;
    }

    private CommentedJson AddFormat(CommentedJson json, string name)
    {
        if (!_formats.TryGetValue(name, out var format))
        {
            return json.Set("Format", LogFormat.Combined);
        }

        var escape = format.Arguments.FirstOrDefault(argument => argument.StartsWith("escape=", StringComparison.Ordinal));
        var lost = new List<string>();
        var text = Variable().Replace(string.Concat(format.Arguments.Skip(1).Where(argument => argument != escape)).ReplaceLineEndings(" "), match =>
        {
            if (IsKnown(match.Value))
            {
                return match.Value;
            }

            lost.Add(match.Value);
            return "-";
        });
        _report.Say(format, lost.Count == 0 && escape is null or "escape=json" ? ImportOutcome.Kept : ImportOutcome.Changed, lost.Count == 0
            ? "AccessLogs:Logs:…:Format." : $"AccessLogs:Logs:…:Format; {string.Join(", ", lost.Distinct())} has no counterpart and is '-' in it.");
        return escape == "escape=json" ? json.Set("Format", text).Set("Escape", "Json") : json.Set("Format", text);
    }

    private static bool IsKnown(string variable)
    {
        try
        {
            LogFormat.Of(new AccessLogOptions { Format = variable });
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\$(?:\{\w+\}|\w+)")]
    private static partial Regex Variable();
}
