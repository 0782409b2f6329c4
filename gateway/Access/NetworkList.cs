using System.Net;

namespace YarpWs.Gateway.Access;

/// <summary>The networks of a route, in the order in which they are asked. Any thread may ask.</summary>
internal sealed class NetworkList(IReadOnlyList<NetworkRule> rules)
{
    private const string All = "all";

    private readonly (IPNetwork? Network, bool IsAllowed)[] _rules = [.. rules.Select(rule => (Parse(rule.Allow ?? rule.Deny!), rule.Allow is not null))];

    /// <summary>Whether a client may come: what the first rule says that holds its address, and true where none does. Only "all" holds a client without an address.</summary>
    public bool Allows(IPAddress? address)
    {
        address = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        foreach (var (network, isAllowed) in _rules)
        {
            if (network is null || (address is not null && network.Value.Contains(address)))
            {
                return isAllowed;
            }
        }

        return true;
    }

    /// <summary>What is wrong with the text of a rule; null when nothing is.</summary>
    public static string? FaultOf(string text)
    {
        try
        {
            Parse(text);
            return null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Null for all.</summary>
    private static IPNetwork? Parse(string text)
    {
        if (text == All)
        {
            return null;
        }

        if (IPAddress.TryParse(text, out var address))
        {
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            return new IPNetwork(address, address.GetAddressBytes().Length * 8);
        }

        return IPNetwork.TryParse(text, out var network)
            ? network
            : throw new FormatException($"'{text}' is no network; write an address, \"all\", or a network such as \"10.0.0.0/8\".");
    }
}
