using System.Globalization;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether the proxy can read a value as what it is meant to be, and reads it as what was meant.</summary>
internal static class ValueCheck
{
    /// <summary>Returns what is wrong; null when nothing is.</summary>
    public static string? Complaint(Setting setting, Type type)
    {
        var text = setting.Value ?? "";
        return type switch
        {
            _ when type == typeof(TimeSpan) => Time(text),
            _ when type == typeof(bool) => bool.TryParse(text, out _) ? null : $"'{text}' is neither; write true or false.",
            _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : Whole(text),
            _ when type == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : Whole(text),
            _ when type == typeof(Version) => text is "1.0" or "1.1" or "2" or "2.0" or "3" or "3.0" ? null : HttpVersion(text),
            _ when type == typeof(Uri) => Uri.TryCreate(text, UriKind.Absolute, out _) ? null : $"'{text}' is no address; write http://HOST:PORT.",
            { IsEnum: true } => Enum.GetNames(type).Contains(text, StringComparer.OrdinalIgnoreCase) ? null : $"'{text}' is not known; {Nearest.Hint(text, Enum.GetNames(type))}",
            _ => null,
        };
    }

    private static string Whole(string text)
    {
        var power = text.Length > 1 ? "kmg".IndexOf(char.ToLowerInvariant(text[^1]), StringComparison.Ordinal) + 1 : 0;
        return power > 0 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? $"'{text}' is no whole number; write it without a unit, {(long)number << (10 * power)}."
            : $"'{text}' is no whole number; write one, such as 1.";
    }

    private static string HttpVersion(string text)
    {
        var number = text.Split('/')[^1];
        return number is "1.0" or "1.1" or "2" or "2.0" or "3" or "3.0"
            ? $"'{text}' is no version of HTTP; write \"{number}\"."
            : $"'{text}' is no version of HTTP; write \"1.1\" (or \"2\", which carries no WebSockets here).";
    }

    private static string? Time(string text)
    {
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var time) && time >= TimeSpan.Zero
                ? null
                : $"'{text}' is no time; write hours:minutes:seconds with hours under 24 and the others under 60, days before a dot: \"1.12:30:00\".";
        }

        // The proxy takes a bare number for days.
        return Meant(text) is { } meant
            ? $"'{text}' is no time here; write hours:minutes:seconds, \"{meant.ToString("c", CultureInfo.InvariantCulture)}\"."
            : $"'{text}' is no time; write hours:minutes:seconds, such as \"00:01:00\".";
    }

    /// <summary>Reads a time as nginx does: a number of seconds, or with a unit behind it.</summary>
    private static TimeSpan? Meant(string text)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        if (digits is 0 or > 9)
        {
            return null;
        }

        var number = int.Parse(text[..digits], CultureInfo.InvariantCulture);
        return text[digits..].Trim() switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "" or "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            "d" => number < 10_000 ? TimeSpan.FromDays(number) : null,
            _ => null,
        };
    }
}
