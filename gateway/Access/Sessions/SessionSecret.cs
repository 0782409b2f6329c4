using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access.Sessions;

/// <summary>The client's secret. It prints as nothing.</summary>
internal sealed class SessionSecret(string value)
{
    public string Value { get; } = value;

    /// <summary>Reads it from where the settings say; throws an <see cref="InvalidSettingException"/>, without the secret, where there is none.</summary>
    public static SessionSecret Read(SessionsOptions options, string directory)
    {
        if (!string.IsNullOrEmpty(options.ClientSecretFile))
        {
            const string Key = $"{SessionsOptions.Section}:{nameof(SessionsOptions.ClientSecretFile)}";
            var file = Path.Combine(directory, options.ClientSecretFile);
            try
            {
                var text = File.ReadAllText(file).Trim();
                return text.Length > 0 ? new SessionSecret(text) : throw new InvalidSettingException(Key, $"'{file}' is empty; expected the client's secret.");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new InvalidSettingException(Key, $"'{file}' cannot be read: {exception.Message}", exception);
            }
        }

        return !string.IsNullOrEmpty(options.ClientSecret)
            ? new SessionSecret(options.ClientSecret)
            : throw new InvalidSettingException(
                $"{SessionsOptions.Section}:{nameof(SessionsOptions.ClientSecretFile)}", "no secret for the client; expected a file with the one that the issuer gave, or Sessions__ClientSecret in the environment.");
    }

    public override string ToString() => "";
}
