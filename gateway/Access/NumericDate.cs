using System.Globalization;

namespace YarpWs.Gateway.Access;

/// <summary>A time as tokens tell it: seconds since 1970, a fraction allowed (RFC 7519, section 2).</summary>
internal static class NumericDate
{
    private static readonly double Last = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>Null for what is no number; a number beyond what can be told in years is the first or the last time there is.</summary>
    public static DateTimeOffset? Parse(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && !double.IsNaN(seconds)
            ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(seconds, 0, Last))
            : null;
}
