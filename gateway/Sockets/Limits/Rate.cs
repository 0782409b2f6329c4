using System.ComponentModel;
using System.Globalization;

namespace YarpWs.Gateway.Sockets.Limits;

/// <summary>
/// So many per second on average, and so many at once after a pause: <c>50</c>, or <c>50 burst 200</c>. Without a burst it is one
/// second's worth, at least one. A rate is 0.01 to 1,000,000,000, and a burst at least 1 and at most what the rate gives in a day.
/// </summary>
[TypeConverter(typeof(Converter))]
[Description(Expected)]
internal readonly record struct Rate(double PerSecond, double Burst)
{
    /// <summary>What text must look like, for the messages of a failed start.</summary>
    public const string Expected = "a number per second from 0.01 to 1000000000, such as 50, and perhaps what may come at once: 50 burst 200";

    private const double Lowest = 0.01;
    private const double Highest = 1e9;
    private const double SecondsPerDay = 86_400;
    private const string BurstWord = "burst";

    /// <summary>Throws a <see cref="FormatException"/> for anything that is no rate within its bounds.</summary>
    public static Rate Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var rate = words switch
        {
            [var number] when Number(number) is { } perSecond => new Rate(perSecond, Math.Max(1, perSecond)),
            [var number, BurstWord, var burst] when Number(number) is { } perSecond && Number(burst) is { } most => new Rate(perSecond, most),
            _ => default,
        };
        return rate is { PerSecond: >= Lowest and <= Highest, Burst: >= 1 } && rate.Burst <= Math.Max(1, rate.PerSecond * SecondsPerDay)
            ? rate
            : throw new FormatException($"'{text}' is no rate; expected {Expected}.");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{PerSecond} {BurstWord} {Burst}");

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>How settings are read from text.</summary>
    private sealed class Converter : TypeConverter
    {
        public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

        public override object ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) => Parse((string)value);
    }
}
