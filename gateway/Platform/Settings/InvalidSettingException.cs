namespace YarpWs.Platform.Settings;

/// <summary>A setting the gateway cannot run with. The message names the key as the operator typed it and says what was expected.</summary>
internal sealed class InvalidSettingException(string key, string expected, Exception? cause = null) : Exception($"{key}: {expected}", cause)
{
    public string Key { get; } = key;

    /// <summary>The message without the key.</summary>
    public string Expected { get; } = expected;
}
