using System.Text.RegularExpressions;

namespace YarpWs.Backend.Messages;

/// <summary>
/// The name of a hub. Groups of different hubs never meet; a token's roles hold in every hub. A letter, then up to 127 of letters, digits and
/// <c>_ ` , . [ ]</c>; case-insensitive, kept in lower case (Web PubSub data plane, hub names).
/// </summary>
internal readonly partial record struct HubName
{
    private readonly string _value;

    private HubName(string value) => _value = value;

    public static bool TryParse(string? text, out HubName hub)
    {
        var valid = text is not null && Pattern().IsMatch(text);
        hub = valid ? new HubName(text!.ToLowerInvariant()) : default;
        return valid;
    }

    public override string ToString() => _value;

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_`,.\[\]]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
