namespace YarpWs.Backend.Telemetry;

/// <summary>What the settings cannot change about the log.</summary>
internal sealed class LogFilters
{
    /// <summary>Below Warning this category prints query strings.</summary>
    private const string Indiscreet = "Microsoft.AspNetCore.Hosting.Diagnostics";

    /// <summary>These print a failed start, stack and all. It is thrown as well, and Program says it once.</summary>
    private static readonly string[] Starting = ["Microsoft.AspNetCore.Server.Kestrel", "Microsoft.Extensions.Hosting.Internal.Host"];

    private volatile bool _hasStarted;

    /// <summary>To be called behind everything else that adds rules: of two rules for a category the later one counts.</summary>
    public void Add(ILoggingBuilder logging)
    {
        logging.AddFilter(Indiscreet, level => level >= LogLevel.Warning && (_hasStarted || level < LogLevel.Error));
        foreach (var category in Starting)
        {
            logging.AddFilter(category, level => level >= LogLevel.Warning && (_hasStarted || level < LogLevel.Error));
        }
    }

    public void OnStarted() => _hasStarted = true;
}
