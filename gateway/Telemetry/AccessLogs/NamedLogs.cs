using Microsoft.Extensions.Options;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Telemetry.AccessLogs;

/// <summary>The access logs of the settings. Their files are opened when the gateway starts, and not where its settings are only checked. Any thread may ask.</summary>
internal sealed class NamedLogs : IHostedService, IDisposable
{
    /// <summary>The gateway's own lines, among those of the process.</summary>
    public const string Console = "console";

    public const string Off = "off";

    private readonly Dictionary<string, NamedLog> _logs = new(StringComparer.OrdinalIgnoreCase);

    public NamedLogs(IOptions<AccessLogsOptions> options, IHostEnvironment host, ConsoleLog console, GatewayMetrics metrics, ILogger<NamedLogs> logger)
    {
        foreach (var (name, log) in options.Value.Logs ?? new Dictionary<string, AccessLogOptions>())
        {
            var key = $"{AccessLogsOptions.Section}:Logs:{name}";
            if (name.Equals(Console, StringComparison.OrdinalIgnoreCase) || name.Equals(Off, StringComparison.OrdinalIgnoreCase))
            {
                throw new InvalidSettingException(key, $"'{name}' has a meaning of its own; write another name.");
            }

            try
            {
                _logs.Add(name, new NamedLog(name, log, log.File is { Length: > 0 } file ? Path.GetFullPath(file, host.ContentRootPath) : null, console, metrics, logger));
            }
            catch (FormatException exception)
            {
                throw new InvalidSettingException($"{key}:{(log.Format == LogFormat.Json ? nameof(log.Fields) : nameof(log.Format))}", exception.Message);
            }
        }

        foreach (var (index, name) in (options.Value.Default ?? []).Index())
        {
            if (FaultOf(options.Value.Default!, name) is { } fault)
            {
                throw new InvalidSettingException($"{AccessLogsOptions.Section}:Default:{index}", fault);
            }
        }

        Default = Choose(options.Value.Default ?? [Console]);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>Of requests whose route names none, or that no route takes.</summary>
    public ChosenLogs Default { get; }

    /// <summary>What is wrong with one of the names of a list; null when nothing is.</summary>
    public string? FaultOf(IReadOnlyList<string> names, string name) =>
        name.Equals(Off, StringComparison.OrdinalIgnoreCase) ? names.Count == 1 ? null : "'off' stands beside other logs; keep it or them."
        : name.Equals(Console, StringComparison.OrdinalIgnoreCase) || _logs.ContainsKey(name) ? null
        : $"no log '{name}' among the {AccessLogsOptions.Section}:Logs that the gateway was started with; {Nearest.Hint(name, [.. _logs.Keys, Console, Off])}";

    /// <summary>The logs of these names, which <see cref="FaultOf"/> has passed.</summary>
    public ChosenLogs Choose(IReadOnlyList<string> names) =>
        new(names.Contains(Console, StringComparer.OrdinalIgnoreCase), [.. names.Select(_logs.GetValueOrDefault).OfType<NamedLog>()]);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var log in _logs.Values)
        {
            log.Open();
        }

        return Task.CompletedTask;
    }

    /// <summary>Requests go on for a while; what they say is written by the end of <see cref="Dispose"/>.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        foreach (var log in _logs.Values)
        {
            log.Dispose();
        }
    }

    /// <summary>The second signal ends the process without disposing anything.</summary>
    private void OnProcessExit(object? sender, EventArgs e) => Dispose();
}
