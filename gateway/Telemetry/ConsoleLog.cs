using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Telemetry;

/// <summary>
/// The platform's console log with another way to the console: the section <c>Logging:Console</c>, its levels and its formatters are the
/// platform's, and lines are written many at a time (<see cref="LineWriter"/>) instead of by a lock, a wake-up and a write for each, which cost
/// a tenth of a request. Warnings and worse are written at once. Lines are lost rather than waited for when nobody reads them, and
/// how many is said once it is read again; <c>QueueFullMode</c> and <c>MaxQueueLength</c> are not read.
/// </summary>
[ProviderAlias("Console")]
internal sealed class ConsoleLog : ILoggerProvider, ISupportExternalScope
{
    private readonly ConsoleFormatter _formatter;
    private readonly LogLevel _errorsFrom;
    private readonly LineWriter _output;
    private readonly LineWriter _errors;
    private readonly ILogger _own;
    private IExternalScopeProvider? _scopes;

    public ConsoleLog(IOptions<ConsoleLoggerOptions> options, IEnumerable<ConsoleFormatter> formatters)
        : this(options, formatters, Console.OpenStandardOutput(), Console.OpenStandardError())
    {
    }

    public ConsoleLog(IOptions<ConsoleLoggerOptions> options, IEnumerable<ConsoleFormatter> formatters, Stream output, Stream errors)
    {
        var known = formatters.ToDictionary(formatter => formatter.Name, StringComparer.OrdinalIgnoreCase);
        _formatter = known.GetValueOrDefault(options.Value.FormatterName ?? "") ?? known[ConsoleFormatterNames.Simple];
        _errorsFrom = options.Value.LogToStandardErrorThreshold;
        _output = new LineWriter(output);
        _errors = _errorsFrom == LogLevel.None ? _output : new LineWriter(errors);
        _own = CreateLogger(typeof(ConsoleLog).FullName!);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public ILogger CreateLogger(string categoryName) => new Category(categoryName, this);

    /// <summary>Adds a line that is whole already, with its end, to the standard output. False when it is lost, as others may be whose number is said in the log.</summary>
    public bool AddLine(StringBuilder line)
    {
        if (!_output.Add(line, isUrgent: false))
        {
            return false;
        }

        TellLost(_output);
        return true;
    }

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        _output.Dispose();
        _errors.Dispose();
    }

    /// <summary>The second signal ends the process without disposing anything.</summary>
    private void OnProcessExit(object? sender, EventArgs e) => Dispose();

    private void Write(LogLevel level, StringBuilder text)
    {
        var writer = level >= _errorsFrom ? _errors : _output;
        if (writer.Add(text, isUrgent: level >= LogLevel.Warning))
        {
            TellLost(writer);
        }
    }

    private void TellLost(LineWriter writer)
    {
        if (writer.TakeLost() is > 0 and var lost)
        {
            _own.LinesLost(lost);
        }
    }

    private sealed class Category(string name, ConsoleLog log) : ILogger
    {
        /// <summary>What a line may leave behind for the next one of its thread.</summary>
        private const int MaxKept = 1024;

        [ThreadStatic]
        private static StringWriter? _text;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => log._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Not left there while it is in use: what is formatted may log in turn.
            var text = _text ?? new StringWriter(CultureInfo.InvariantCulture);
            _text = null;
            log._formatter.Write(new LogEntry<TState>(logLevel, name, eventId, state, exception, formatter), log._scopes, text);
            var line = text.GetStringBuilder();
            if (line.Length > 0)
            {
                log.Write(logLevel, line);
            }

            line.Clear();
            if (line.Capacity <= MaxKept)
            {
                _text = text;
            }
        }
    }
}
