namespace YarpWs.Platform.Jwt;

/// <summary>What is said of issuers, in either process; its ids are used by neither for anything else.</summary>
internal static partial class JwtLog
{
    [LoggerMessage(3300, LogLevel.Information, "Scheme {Scheme} has the keys of its issuer from {Address}: {Count}.")]
    public static partial void KeysFetched(this ILogger logger, string scheme, string address, int count);

    [LoggerMessage(3301, LogLevel.Error,
        "Scheme {Scheme} cannot check tokens, because it has no keys from {Address}: {Fault}. Its tokens are answered with 503; the issuer is asked again with pauses of up to {LongestPause}.")]
    public static partial void KeysMissing(this ILogger logger, string scheme, string address, string fault, TimeSpan longestPause);

    [LoggerMessage(3302, LogLevel.Warning, "The issuer of scheme {Scheme} does not give its keys from {Address}: {Fault}. Those that it gave last go on; it is asked again.")]
    public static partial void IssuerFails(this ILogger logger, string scheme, string address, string fault);

    [LoggerMessage(3303, LogLevel.Information, "The issuer of scheme {Scheme} gives its keys from {Address} again.")]
    public static partial void IssuerAnswers(this ILogger logger, string scheme, string address);

    [LoggerMessage(3304, LogLevel.Information, "The issuer of scheme {Scheme} has changed its keys: {Added} are new, {Removed} are taken back and good no more.")]
    public static partial void KeysChanged(this ILogger logger, string scheme, int added, int removed);
}
