using System.Globalization;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Times and sizes as nginx writes them.</summary>
internal static class NginxValue
{
    private static readonly (string Unit, double Seconds)[] Units =
        [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400), ("w", 604800), ("M", 2592000), ("y", 31536000)];

    /// <summary>"1h 30m", "60", "500ms"; null for what is no time, or longer than 10,000 years.</summary>
    public static TimeSpan? Time(string text)
    {
        double seconds = 0;
        var rest = text.AsSpan().Trim();
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            digits = digits < 0 ? rest.Length : digits;
            if (!double.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            rest = rest[digits..];
            var factor = 1.0;
            foreach (var (unit, length) in Units)
            {
                if (rest.StartsWith(unit, StringComparison.Ordinal))
                {
                    factor = length;
                    rest = rest[unit.Length..].TrimStart();
                    break;
                }
            }

            seconds += number * factor;
        }

        return text.Length == 0 || seconds > 3e11 || rest.Length > 0 ? null : TimeSpan.FromSeconds(seconds);
    }

    /// <summary>"8k", "20m", "1g", "4096"; null for what is no size.</summary>
    public static long? Size(string text)
    {
        var power = text.Length == 0 ? -1 : "kmg".IndexOf(char.ToLowerInvariant(text[^1]), StringComparison.Ordinal);
        return long.TryParse(power < 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 1L << 31
            ? number << (10 * (power + 1))
            : null;
    }

    /// <summary>As settings are written.</summary>
    public static string Write(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);
}
