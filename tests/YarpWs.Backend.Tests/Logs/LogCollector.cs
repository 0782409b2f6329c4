using Microsoft.Extensions.Logging;

namespace YarpWs.Tests.Logs;

/// <summary>One line of a log, with its values and its exception written out.</summary>
public sealed record LogLine(LogLevel Level, string Category, EventId Event, string Text);

/// <summary>Keeps every line that is logged and every scope that is opened, and lets a test wait for one.</summary>
public sealed class LogCollector : ILoggerProvider
{
    private readonly Lock _lock = new();
    private readonly List<LogLine> _lines = [];
    private readonly List<(Predicate<LogLine> Wanted, TaskCompletionSource<LogLine> Found)> _waiting = [];

    public IReadOnlyList<LogLine> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The first line with this event id: one that was logged already, or the next.</summary>
    public Task<LogLine> WaitForAsync(int eventId) => WaitForAsync(line => line.Event.Id == eventId, $"event {eventId}");

    public async Task<LogLine> WaitForAsync(Predicate<LogLine> wanted, string what)
    {
        var found = new TaskCompletionSource<LogLine>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_lines.Find(wanted) is { } line)
            {
                return line;
            }

            _waiting.Add((wanted, found));
        }

        try
        {
            return await found.Task.WaitAsync(Deadline.Length);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Waited {Deadline.Length.TotalSeconds} s for {what} in the log.");
        }
    }

    public ILogger CreateLogger(string categoryName) => new Collector(this, categoryName);

    public void Dispose()
    {
    }

    private void Add(LogLine line)
    {
        lock (_lock)
        {
            _lines.Add(line);
            foreach (var (_, found) in _waiting.FindAll(waiting => waiting.Wanted(line)))
            {
                found.TrySetResult(line);
            }
        }
    }

    private sealed class Collector(LogCollector owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            owner.Add(new LogLine(LogLevel.Trace, category, default, $"scope {state}"));
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(", ", pairs) : "";
            owner.Add(new LogLine(logLevel, category, eventId, $"{formatter(state, exception)} {values} {exception}"));
        }
    }
}
