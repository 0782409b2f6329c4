using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace YarpWs.Platform.Settings;

/// <summary>The bounds that an options type states on its properties, and what a value of a type looks like; a type of our own says so by its <see cref="DescriptionAttribute"/>.</summary>
internal static class Bounds
{
    /// <summary>Each property that is out of its bounds, and what was expected of it.</summary>
    public static IEnumerable<(string Property, string Expected)> Broken(object options) =>
        from property in options.GetType().GetProperties()
        from bound in property.GetCustomAttributes(typeof(ValidationAttribute), inherit: true).Cast<ValidationAttribute>()
        where !bound.IsValid(property.GetValue(options))
        select (property.Name, Within(bound));

    public static string Expected(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var time when time == typeof(TimeSpan) => "a time as hours:minutes:seconds",
        var flag when flag == typeof(bool) => "true or false",
        var whole when whole == typeof(int) || whole == typeof(long) => "a whole number",
        var number when number == typeof(double) => "a number",
        var address when address == typeof(Uri) => "an address",
        { IsEnum: true } names => $"one of {string.Join(", ", Enum.GetNames(names))}",
        var other => other.GetCustomAttribute<DescriptionAttribute>()?.Description ?? $"a {other}",
    };

    private static string Within(ValidationAttribute bound) => bound switch
    {
        RangeAttribute range => $"{range.Minimum} to {range.Maximum}",
        StringLengthAttribute length => $"at most {length.MaximumLength} characters",
        RegularExpressionAttribute expression => $"text that matches {expression.Pattern}",
        _ => "a value",
    };
}
