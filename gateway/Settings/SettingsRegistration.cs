using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace YarpWs.Gateway.Settings;

internal static class SettingsRegistration
{
    /// <summary>Binds <typeparamref name="T"/> to a section; a value outside of its bounds stops the start and is named by its key.</summary>
    public static OptionsBuilder<T> AddSettings<T>(this IServiceCollection services, string section)
        where T : class
    {
        services.AddSingleton<IValidateOptions<T>>(provider => new Bounds<T>(section, provider.GetRequiredService<IConfiguration>()));
        return services.AddOptionsWithValidateOnStart<T>().BindConfiguration(section);
    }

    private sealed class Bounds<T>(string section, IConfiguration configuration) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            var failures = new List<string>();
            foreach (var property in typeof(T).GetProperties())
            {
                var key = $"{section}:{property.Name}";
                foreach (var bound in property.GetCustomAttributes(typeof(ValidationAttribute), inherit: true).Cast<ValidationAttribute>())
                {
                    if (!bound.IsValid(property.GetValue(options)))
                    {
                        failures.Add($"{key}: '{configuration[key]}' is out of bounds; expected {Expected(bound)}.");
                    }
                }
            }

            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }

        private static string Expected(ValidationAttribute bound) => bound switch
        {
            RangeAttribute range => $"{range.Minimum} to {range.Maximum}",
            StringLengthAttribute length => $"at most {length.MaximumLength} characters",
            RegularExpressionAttribute expression => $"text that matches {expression.Pattern}",
            _ => "a value",
        };
    }
}
