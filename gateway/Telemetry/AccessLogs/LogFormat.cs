using System.Text;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Telemetry.AccessLogs;

/// <summary>What the lines of a log say. Values are escaped as they are written, so that no request can begin a line of its own. Any thread may write.</summary>
internal sealed class LogFormat
{
    public const string Combined = "combined";
    public const string Json = "json";

    private const string CombinedText = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"";

    private static readonly string[] DefaultFields =
    [
        "time_iso8601", "remote_addr", "remote_user", "request_method", "scheme", "host", "request_uri", "server_protocol", "status", "body_bytes_sent", "request_time", "http_referer",
        "http_user_agent", "route", "destination", "upstream_response_time", "refused", "socket_code", "socket_closer", "messages_received", "messages_sent", "trace_id",
    ];

    private readonly IReadOnlyList<Part> _parts;
    private readonly bool _isJson;
    private readonly LogEscape _escape;

    private LogFormat(IReadOnlyList<Part> parts, bool isJson, LogEscape escape) => (_parts, _isJson, _escape) = (parts, isJson, escape);

    /// <summary>Whether it says how much of an answer was sent, which has to be counted.</summary>
    public bool CountsBytes { get; private init; }

    /// <summary>Whether it says how long destinations took.</summary>
    public bool TimesDestinations { get; private init; }

    /// <exception cref="FormatException">It cannot be read, or names what no log may say.</exception>
    public static LogFormat Of(AccessLogOptions options)
    {
        if (options.Format.Any(char.IsControl))
        {
            throw new FormatException("holds the end of a line or another control character; a line is one line.");
        }

        var names = new List<string>();
        var isJson = options.Format == Json;
        IReadOnlyList<Part> parts = isJson
            ? [.. (options.Fields ?? DefaultFields).Select(field => new Part($"\"{field}\":", Find(field)))]
            : [.. VariableText.Parse(options.Format == Combined ? CombinedText : options.Format).Select(part => new Part(part.Literal, part.Name is null ? null : Find(part.Name)))];
        return new LogFormat(parts, isJson, options.Escape)
        {
            CountsBytes = names.Contains("body_bytes_sent"),
            TimesDestinations = names.Exists(name => name.StartsWith("upstream_", StringComparison.Ordinal) && name.EndsWith("_time", StringComparison.Ordinal)),
        };

        LogVariable Find(string name)
        {
            if (name.AsSpan().ContainsAnyExcept(RequestVariables.NameCharacters))
            {
                throw new FormatException($"'{name}' is no name of a variable; write one without its dollar, such as \"remote_addr\".");
            }

            names.Add(name);
            return LogVariables.Find(name);
        }
    }

    /// <summary>What the request says, for a line that is written when it is over.</summary>
    public string?[] Capture(HttpContext context)
    {
        var captured = new string?[_parts.Count];
        for (var index = 0; index < captured.Length; index++)
        {
            captured[index] = _parts[index].Variable?.Of(context);
        }

        return captured;
    }

    /// <summary>Adds a line and its end.</summary>
    public void Write(StringBuilder line, string?[] captured, RequestEnd end)
    {
        for (var index = 0; index < captured.Length; index++)
        {
            var (literal, variable) = _parts[index];
            if (_isJson)
            {
                line.Append(index == 0 ? '{' : ',').Append(literal);
                WriteJson(line, variable!.Of(captured[index], end), variable.IsNumber);
                continue;
            }

            line.Append(literal);
            if (variable is not null && _escape == LogEscape.Json)
            {
                LineEscape.Json(line, variable.Of(captured[index], end));
            }
            else if (variable is not null)
            {
                LineEscape.Default(line, variable.Of(captured[index], end));
            }
        }

        line.Append(_isJson ? "}\n" : "\n");
    }

    private static void WriteJson(StringBuilder line, string value, bool isNumber)
    {
        if (value.Length == 0)
        {
            line.Append("null");
        }
        else if (isNumber)
        {
            line.Append(value);
        }
        else
        {
            line.Append('"');
            LineEscape.Json(line, value);
            line.Append('"');
        }
    }

    /// <param name="Literal">What stands in front of the value.</param>
    /// <param name="Variable">Null for text alone.</param>
    private sealed record Part(string Literal, LogVariable? Variable);
}
