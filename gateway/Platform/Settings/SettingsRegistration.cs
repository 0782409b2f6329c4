using Microsoft.Extensions.Options;

namespace YarpWs.Platform.Settings;

internal static class SettingsRegistration
{
    /// <summary>Binds <typeparamref name="T"/> to a section; a value outside of its bounds stops the start and is named by its key.</summary>
    public static OptionsBuilder<T> AddSettings<T>(this IServiceCollection services, string section)
        where T : class
    {
        services.AddSingleton<IValidateOptions<T>>(provider => new Validation<T>(section, provider.GetRequiredService<IConfiguration>()));
        return services.AddOptionsWithValidateOnStart<T>().BindConfiguration(section);
    }

    private sealed class Validation<T>(string section, IConfiguration configuration) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            var failures = Bounds.Broken(options)
                .Select(broken => $"{section}:{broken.Property}: '{configuration[$"{section}:{broken.Property}"]}' is out of bounds; expected {broken.Expected}.")
                .ToList();
            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }
    }
}
