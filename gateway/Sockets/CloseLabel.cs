using System.Globalization;

namespace YarpWs.Gateway.Sockets;

/// <summary>How a socket ended, in few enough words to be counted: a client may send any code, and every one would be a series of its own.</summary>
/// <param name="Code">The close code, "none" or "other".</param>
/// <param name="By">Who closed first: client, backend, gateway or none.</param>
internal readonly record struct CloseLabel(string Code, string By)
{
    public static CloseLabel Of(LiveSocket socket) => new(CodeOf(socket.CloseCode), ByOf(socket.Closer));

    public static string ByOf(Closer closer) => closer switch
    {
        Closer.Client => "client",
        Closer.Backend => "backend",
        Closer.Gateway => "gateway",
        _ => "none",
    };

    private static string CodeOf(int? code) => code switch
    {
        null => "none",
        (>= 1000 and <= 1003) or (>= 1005 and <= 1014) or (>= 4001 and <= 4004) => code.Value.ToString(CultureInfo.InvariantCulture),
        _ => "other",
    };
}
