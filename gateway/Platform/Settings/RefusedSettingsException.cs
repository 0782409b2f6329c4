namespace YarpWs.Platform.Settings;

/// <summary>Settings with errors. The message has a line for everything that is to be said about them, errors and warnings.</summary>
internal sealed class RefusedSettingsException(IReadOnlyList<Diagnostic> diagnostics) : Exception(string.Join('\n', diagnostics))
{
    public IReadOnlyList<Diagnostic> Diagnostics { get; } = diagnostics;
}
