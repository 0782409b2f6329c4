using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>geo: a map of the client's address, whose networks are expressions on it, the narrowest first.</summary>
internal static class NetworkTable
{
    private static readonly string[] Options = ["ranges", "proxy", "proxy_recursive", "delete", "include"];

    /// <summary>Null where something of it has no counterpart.</summary>
    public static CommentedJson? Of(Directive geo, Variables variables)
    {
        var fallback = "";
        var lines = new List<(int Length, CommentedJson Line)>();
        if (variables.Translate(geo.Arguments.Count == 2 ? geo.Argument : "$remote_addr").Text is not { } source || geo.Inner.Any(line => Options.Contains(line.Name)))
        {
            return null;
        }

        foreach (var line in geo.Inner)
        {
            if (line.Argument.Contains('$', StringComparison.Ordinal))
            {
                return null;
            }

            if (line.Name == "default")
            {
                fallback = line.Argument;
            }
            else if (KeyOf(line.Name) is var (length, key))
            {
                lines.Add((length, new CommentedJson().Set("Is", key).Set("Then", line.Argument)));
            }
            else
            {
                return null;
            }
        }

        return new CommentedJson().Set("Of", source).Set("Values", (List<object>)[.. lines.OrderByDescending(line => line.Length).Select(line => line.Line)]).Set("Default", fallback);
    }

    /// <summary>An address is a text, and a network of IPv4 an expression; null for what is neither.</summary>
    private static (int Length, string Key)? KeyOf(string text)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            return (128, address.ToString());
        }

        if (!IPNetwork.TryParse(text, out var network) || network.BaseAddress.AddressFamily != AddressFamily.InterNetwork)
        {
            return null;
        }

        var (octets, fixedOctets, left) = (network.BaseAddress.GetAddressBytes(), network.PrefixLength / 8, network.PrefixLength % 8);
        var parts = octets.Take(fixedOctets).Select(octet => octet.ToString(CultureInfo.InvariantCulture)).ToList();
        if (left > 0)
        {
            parts.Add($"({string.Join('|', Enumerable.Range(octets[fixedOctets], 1 << (8 - left)))})");
        }

        return (network.PrefixLength, $"~ ^{string.Join(Regex.Escape("."), parts)}{(parts.Count == 4 ? "$" : parts.Count == 0 ? "[0-9.]+$" : Regex.Escape("."))}");
    }
}
