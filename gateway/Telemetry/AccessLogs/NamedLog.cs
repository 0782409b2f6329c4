using System.Text;

namespace YarpWs.Gateway.Telemetry.AccessLogs;

/// <summary>One access log that the settings name. Any thread may write to it; none waits for a disk or a reader, and what these do not take in time is lost and counted.</summary>
internal sealed class NamedLog : IDisposable
{
    /// <summary>What a line may leave behind for the next one of its thread.</summary>
    private const int MaxKept = 4096;

    [ThreadStatic]
    private static StringBuilder? _line;

    private readonly string _name;
    private readonly Func<StringBuilder, bool> _add;
    private readonly LineWriter? _writer;
    private readonly LogFile? _file;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;

    /// <param name="name">As routes name it.</param>
    /// <param name="options">Its settings.</param>
    /// <param name="path">The file, absolute; null for the standard output.</param>
    /// <param name="console">Writes to that.</param>
    /// <param name="metrics">Count what is lost.</param>
    /// <param name="logger">Is told of it.</param>
    /// <exception cref="FormatException">The format cannot be read.</exception>
    public NamedLog(string name, AccessLogOptions options, string? path, ConsoleLog console, GatewayMetrics metrics, ILogger logger)
    {
        Format = LogFormat.Of(options);
        (_name, _metrics, _logger) = (name, metrics, logger);
        if (path is null)
        {
            // One writer for all that goes there, or one line would stand in the middle of another one.
            _add = console.AddLine;
            return;
        }

        _file = new LogFile(path, $"{AccessLogsOptions.Section}:Logs:{name}:{nameof(AccessLogOptions.File)}", lines => metrics.LinesLost(name, lines), logger);
        var writer = _writer = new LineWriter(_file);
        _add = line => writer.Add(line, isUrgent: false);
    }

    public LogFormat Format { get; }

    /// <summary>Opens its file, so that one that cannot be written stops the start.</summary>
    /// <exception cref="Platform.Settings.InvalidSettingException">It cannot be.</exception>
    public void Open() => _file?.OpenOrThrow();

    /// <param name="captured">What <see cref="LogFormat.Capture"/> has made of the request.</param>
    /// <param name="end">How it ended.</param>
    public void Write(string?[] captured, RequestEnd end)
    {
        var line = _line ?? new StringBuilder();
        _line = null;
        Format.Write(line, captured, end);
        if (!_add(line))
        {
            _metrics.LinesLost(_name, 1);
        }
        else if (_writer?.TakeLost() is > 0 and var lost)
        {
            _logger.AccessLinesLost(_name, lost);
        }

        line.Clear();
        if (line.Capacity <= MaxKept)
        {
            _line = line;
        }
    }

    /// <summary>Has what was written reach the file, for a bounded time.</summary>
    public void Dispose()
    {
        _writer?.Dispose();
        _file?.Dispose();
    }
}
