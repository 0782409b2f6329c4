using System.Globalization;
using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Where a server is asked.</summary>
/// <param name="Address">"*" for all, or one address.</param>
/// <param name="Port">The port.</param>
/// <param name="IsTls">Whether TLS is spoken.</param>
/// <param name="IsProxied">Whether each connection begins with a header of the PROXY protocol.</param>
/// <param name="IsDefault">Whether it says that this server is there for all hosts without one.</param>
/// <param name="Directive">Where it is said; null for the one that nginx takes where none stands.</param>
internal sealed record Listen(string Address, int Port, bool IsTls, bool IsProxied, bool IsDefault, Directive? Directive)
{
    /// <summary>Null for what is no address and port.</summary>
    public static Listen? Of(Directive directive)
    {
        var text = directive.Argument;
        var (address, port) = ("*", text);
        if (!text.All(char.IsAsciiDigit))
        {
            var colon = text.EndsWith(']') ? -1 : text.LastIndexOf(':');
            (address, port) = colon < 0 ? (text, "80") : (text[..colon], text[(colon + 1)..]);
        }

        return text.StartsWith("unix:", StringComparison.Ordinal) || !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65535
            ? null
            : new Listen(
                address is "*" or "[::]" or "0.0.0.0" ? "*" : address, number, directive.Arguments.Contains("ssl") || directive.Arguments.Contains("quic"),
                directive.Arguments.Contains("proxy_protocol"),
                directive.Arguments.Any(argument => argument is "default_server" or "default"), directive);
    }
}
