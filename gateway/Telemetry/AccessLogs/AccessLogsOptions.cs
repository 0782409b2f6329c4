namespace YarpWs.Gateway.Telemetry.AccessLogs;

/// <summary>Access logs beside the gateway's own lines. Section <c>AccessLogs</c>; a change takes effect with the next start.</summary>
internal sealed record AccessLogsOptions
{
    public const string Section = "AccessLogs";

    /// <summary>
    /// The logs of requests whose route names none, and of those that no route takes: names of Logs, "console" for the gateway's own lines, or "off"
    /// alone. Default [ "console" ].
    /// </summary>
    public IReadOnlyList<string>? Default { get; init; }

    /// <summary>The logs that Default and routes name. Default none.</summary>
    public IReadOnlyDictionary<string, AccessLogOptions>? Logs { get; init; }
}

/// <summary>One access log: a line for each plain request, and one for each socket when it is over.</summary>
internal sealed record AccessLogOptions
{
    /// <summary>
    /// The file, relative to the settings; its folder must be there. One that was renamed, taken away or cut is noticed with the next line, without a
    /// signal. Default none: the standard output.
    /// </summary>
    public string? File { get; init; }

    /// <summary>
    /// "combined" as nginx and Apache have it, "json" for one object in each line, or a text with variables: "$remote_addr $request_time $status".
    /// Default "combined".
    /// </summary>
    public string Format { get; init; } = LogFormat.Combined;

    /// <summary>The variables that are the keys of "json", without their dollars. Default the time, who asked for what, the answer, and who gave it.</summary>
    public IReadOnlyList<string>? Fields { get; init; }

    /// <summary>
    /// How values stand in a text: Default as in nginx, with \xHH for quotes, backslashes and what is not ASCII; Json, for a text that is an object.
    /// Default Default.
    /// </summary>
    public LogEscape Escape { get; init; }
}

/// <summary>How values stand in the lines of a log. In neither way can one end its line or the quotes around it.</summary>
internal enum LogEscape
{
    /// <summary>Printable ASCII alone; '-' for what has no value.</summary>
    Default,

    /// <summary>As in the strings of JSON (RFC 8259, section 7).</summary>
    Json,
}
