namespace YarpWs.Platform.Settings;

internal enum Severity
{
    Warning,
    Error,
}

/// <summary>Something in the settings that the gateway cannot run with, or that the operator can hardly have meant.</summary>
/// <param name="Severity">An error refuses the whole configuration; a warning is said and taken.</param>
/// <param name="Location">Null for what no file says: the environment does, or it is missing.</param>
/// <param name="Key">The key as typed, its parts between colons; empty for the file as a whole.</param>
/// <param name="Message">What is wrong, and what to write instead. One line.</param>
internal sealed record Diagnostic(Severity Severity, SourceLocation? Location, string Key, string Message)
{
    public bool IsError => Severity == Severity.Error;

    public override string ToString()
    {
        var location = Location is null ? "" : $"{Location}: {(IsError ? "error" : "warning")}: ";
        return location + (Key.Length == 0 ? Message : $"{Key}: {Message}");
    }
}

/// <summary>Where something stands in a file; lines and columns count from 1, columns in characters.</summary>
internal sealed record SourceLocation(string File, int Line, int Column)
{
    public override string ToString() => $"{File}:{Line}:{Column}";
}
