namespace YarpWs.Platform.Settings;

/// <summary>The settings file as a whole: whether it is there and may be read.</summary>
internal static class SettingsFile
{
    /// <exception cref="InvalidSettingException">There is no such file.</exception>
    public static void Expect(string file)
    {
        if (!File.Exists(file))
        {
            throw new InvalidSettingException(file, FaultOf(file, new FileNotFoundException()));
        }
    }

    /// <exception cref="InvalidSettingException">It is not there, or cannot be read.</exception>
    public static byte[] Read(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidSettingException(file, FaultOf(file, exception), exception);
        }
    }

    /// <summary>Why a file could not be read, and what to do. The platform's own messages repeat the path, and say of a directory that access is denied.</summary>
    public static string FaultOf(string file, Exception exception) => exception switch
    {
        _ when Directory.Exists(file) => "is a directory; expected a JSON file with settings.",
        FileNotFoundException or DirectoryNotFoundException => "no such file; expected a JSON file with settings.",
        UnauthorizedAccessException => $"may not be read by the user {Environment.UserName}; give it the right to.",
        _ => exception.Message,
    };
}
