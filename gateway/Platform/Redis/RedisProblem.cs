using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;

namespace YarpWs.Platform.Redis;

/// <summary>Says in one sentence what keeps Redis from serving, and what to do; the library's own words are a list of its counters, with the reason somewhere inside.</summary>
internal static class RedisProblem
{
    /// <summary>One or two sentences, without a secret. The library goes on without a login after a refused one, and is then asked for one: so it matters whether there is one.</summary>
    public static string Describe(Exception exception, bool hasPassword) =>
        Causes(exception).Select(cause => Know(cause, hasPassword)).FirstOrDefault(known => known is not null) ?? Unknown(exception);

    /// <summary>Whether it says by itself what keeps Redis from serving, and not only that it could not be asked.</summary>
    public static bool IsKnown(Exception exception, bool hasPassword) => Causes(exception).Any(cause => Know(cause, hasPassword) is not null);

    /// <summary>What readiness says of a Redis that does not serve: that it is full, or away and by which failure; null where it was not asked yet.</summary>
    public static string State(Exception? failure) => failure switch
    {
        null => "away (not asked yet)",
        _ when Causes(failure).Any(IsFull) => "full",
        RedisTimeoutException or TimeoutException => "away (no answer in time)",
        RedisConnectionException or SocketException => "away (no connection)",
        _ => $"away ({failure.GetType().Name})",
    };

    /// <summary>Whether this passes by no reconnecting, and so is said also where something else was said before: a login, a right, a certificate, a name.</summary>
    public static bool IsLasting(Exception exception) => Causes(exception).Any(cause =>
        cause is AuthenticationException or SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData }
        || Has(cause.Message, "WRONGPASS") || Has(cause.Message, "NOAUTH") || Has(cause.Message, "NOPERM") || IsFull(cause));

    /// <summary>The exception and all that led to it, the innermost first: a refused password is found beneath a connection that is not available.</summary>
    private static IEnumerable<Exception> Causes(Exception exception) => exception switch
    {
        AggregateException many => [.. many.InnerExceptions.SelectMany(Causes), many],
        { InnerException: { } inner } => [.. Causes(inner), exception],
        _ => [exception],
    };

    private static string? Know(Exception exception, bool hasPassword) => exception switch
    {
        AuthenticationException tls => $"Its certificate is not accepted: {Sentence(tls.Message)} The name in Redis:Configuration must stand in the certificate, and its authority be trusted (SERedis_IssuerCertPath).",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "There is no host of the name that Redis:Configuration gives.",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "Nothing listens where Redis:Configuration says.",
        _ => KnowAnswer(exception.Message, hasPassword),
    };

    /// <summary>What is left to say where nothing tells the cause: the library's first words then are of its own parts.</summary>
    private static string Unknown(Exception exception) => exception switch
    {
        RedisTimeoutException or TimeoutException => "It did not answer in time.",
        RedisConnectionException when Has(exception.Message, "No connection is") =>
            "There is no connection to it: it has stopped, or the way to it is cut.",
        _ => exception.Message.Split(';')[0].TrimEnd('.') + ".",
    };

    /// <summary>What a server has answered stands in the message, also where the library has put it into an exception of its own.</summary>
    private static string? KnowAnswer(string message, bool hasPassword) =>
        Has(message, "WRONGPASS") || (hasPassword && Has(message, "NOAUTH")) ? "It refuses the user or the password (WRONGPASS). Check user= and password= in Redis:Configuration."
        : Has(message, "NOAUTH") ? "It asks for a password (NOAUTH), and Redis:Configuration has none. Add password=…, best in the environment."
        : Has(message, "NOPERM") ? $"It does not let this user do what is needed (NOPERM). The manual lists the commands, keys and channels. It says: {Sentence(From(message, "NOPERM"))}"
        : Has(message, "can't run this command") || Has(message, "can't access at least one of the keys")
            ? "It does not let this user run what its scripts need (NOPERM). The manual lists the commands, keys and channels."
        : Has(message, "OOM ") ? "It is full: it answers, but takes no messages (OOM, maxmemory). Raise maxmemory, or lower Streams:MaxMessages, Streams:MaxBytes or Streams:Retention."
        : Has(message, "NOREPLICAS") ? "It takes no messages, because fewer replicas are in step than min-replicas-to-write asks for (NOREPLICAS)."
        : Has(message, "READONLY") ? "It is a replica and takes no messages (READONLY). Name the master in Redis:Configuration, or the Sentinels with serviceName=…."
        : Has(message, "MISCONF") ? "It takes no messages, because it could not save to its disk (MISCONF)."
        : Has(message, "LOADING") ? "It is loading its data."
        : Has(message, "CLUSTERDOWN") ? "The Cluster has no master for the slot of this hub (CLUSTERDOWN)."
        : null;

    private static bool IsFull(Exception exception) => Has(exception.Message, "OOM ");

    private static bool Has(string message, string word) => message.Contains(word, StringComparison.Ordinal);

    private static string From(string message, string word) => message[message.IndexOf(word, StringComparison.Ordinal)..].Split("; ")[0];

    private static string Sentence(string text) => text.TrimEnd('.', ' ') + ".";
}
