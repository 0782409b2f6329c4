using System.Buffers;

namespace YarpWs.Gateway.Requests;

/// <summary>A line of a head, or of the trailers (RFC 9112, section 5): a name, a colon, a value.</summary>
internal static class FieldLine
{
    private const string OfNames = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>What no line may hold: control characters but the tab, and so no half of a line's end either.</summary>
    public static readonly SearchValues<byte> Controls = SearchValues.Create([.. Enumerable.Range(0, 32).Where(value => value != '\t').Select(value => (byte)value), 0x7F]);

    /// <summary>What a name is made of (RFC 9110, section 5.6.2).</summary>
    public static readonly SearchValues<char> NameChars = SearchValues.Create(OfNames);

    private static readonly SearchValues<byte> NameBytes = SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(OfNames));

    /// <summary>False for what is none: a line that goes on with the one before it, white space around the name, a control character.</summary>
    /// <param name="line">Without its end.</param>
    /// <param name="name">As it was sent.</param>
    /// <param name="value">Without the white space around it.</param>
    public static bool TryRead(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0 || line[..colon].ContainsAnyExcept(NameBytes) || line.ContainsAny(Controls))
        {
            name = value = default;
            return false;
        }

        name = line[..colon];
        value = line[(colon + 1)..].Trim(" \t"u8);
        return true;
    }
}
