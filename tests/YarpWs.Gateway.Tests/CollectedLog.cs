using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace YarpWs.Gateway.Tests;

/// <summary>Keeps every line of the log, with its event id, and lets a test wait for one.</summary>
internal sealed class CollectedLog : ILoggerProvider
{
    private readonly Channel<(int Id, string Text)> _arrivals = Channel.CreateUnbounded<(int Id, string Text)>();

    public ConcurrentQueue<string> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, this);

    public async Task<string> ExpectAsync(int id)
    {
        await foreach (var (seen, text) in _arrivals.Reader.ReadAllAsync(Deadline.Token()))
        {
            if (seen == id)
            {
                return text;
            }
        }

        throw new InvalidOperationException($"The log ended before event {id}.");
    }

    public void Dispose() => _arrivals.Writer.TryComplete();

    private sealed class Logger(string category, CollectedLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            log.Lines.Enqueue($"{category}: scope {state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var text = formatter(state, exception);
            log.Lines.Enqueue($"{category}: {text} {exception}");
            if (category.StartsWith("YarpWs.", StringComparison.Ordinal))
            {
                log._arrivals.Writer.TryWrite((eventId.Id, text));
            }
        }
    }
}
