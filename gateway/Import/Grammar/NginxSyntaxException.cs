using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Import.Grammar;

/// <summary>A text that is no nginx configuration.</summary>
internal sealed class NginxSyntaxException(SourceLocation location, string complaint) : Exception($"{location}: {complaint}")
{
    public SourceLocation Location { get; } = location;
}
