using System.Net;
using StackExchange.Redis;

namespace YarpWs.Platform.Redis;

/// <summary>
/// Reads where Redis is: a connection string of StackExchange.Redis, <c>host:port,host:port,password=…,ssl=true,serviceName=…</c>, or a URL as Redis's own tools and
/// Django write it, <c>redis://user:password@host:port/0</c>, or <c>rediss://</c> for TLS.
/// </summary>
internal static class RedisSettings
{
    private const int DefaultPort = 6379;

    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Reads what an operator has written.</summary>
    /// <exception cref="ArgumentException">It cannot be read, or asks for what would part publishers from subscribers. The message says what, without a secret.</exception>
    public static ConfigurationOptions Read(string configuration, string keyPrefix, TimeSpan commandTimeout, string clientName)
    {
        var settings = configuration.Contains("://", StringComparison.Ordinal) ? ReadUrl(configuration.Trim()) : ReadList(configuration);
        if (settings.EndPoints.Count == 0)
        {
            throw new ArgumentException("it names no server; expected HOST:PORT, or redis://HOST:PORT");
        }

        if (settings.ChannelPrefix is { IsNullOrEmpty: false })
        {
            throw new ArgumentException("channelPrefix is not for this system; use Redis:KeyPrefix");
        }

        if (settings.DefaultDatabase is not (null or 0))
        {
            throw new ArgumentException($"database {settings.DefaultDatabase} is not for this system, because pub/sub knows no databases and a Cluster has only one; use database 0 and Redis:KeyPrefix");
        }

        settings.ClientName ??= clientName;

        // What the library itself reads and listens to: nothing, and a name that a user of this prefix alone may listen to. Without a channel it would call itself
        // connected before it can subscribe.
        settings.TieBreaker = "";
        settings.ConfigurationChannel = $"{keyPrefix}:servers";
        settings.AbortOnConnectFail = false;
        settings.BacklogPolicy = BacklogPolicy.FailFast;
        settings.AsyncTimeout = settings.SyncTimeout = settings.ConnectTimeout = (int)commandTimeout.TotalMilliseconds;

        // A process that starts while Redis is away waits once, not three times: the library goes on by itself, and what needs no Redis is to be served.
        settings.ConnectRetry = 1;
        settings.ReconnectRetryPolicy = new LinearRetry((int)ReconnectPause.TotalMilliseconds);
        return settings;
    }

    private static ConfigurationOptions ReadList(string configuration)
    {
        try
        {
            return ConfigurationOptions.Parse(configuration);
        }
        catch (ArgumentOutOfRangeException exception) when (exception.ParamName == "port")
        {
            throw new ArgumentException("it names a port that there is not; expected HOST:PORT with a port from 1 to 65535", exception);
        }
        catch (ArgumentException exception)
        {
            // The library's words name the key, and repeat a value that is no password.
            throw new ArgumentException(exception.Message.Split(" (Parameter")[0], exception);
        }
    }

    /// <summary>What a scheme, a user, a port or a database in a URL means; anything else in it is refused by name.</summary>
    private static ConfigurationOptions ReadUrl(string text)
    {
        if (text.Contains(',', StringComparison.Ordinal))
        {
            throw new ArgumentException("a URL names one server and nothing follows it; for several servers, Sentinels or a Cluster write HOST:PORT,HOST:PORT,password=…");
        }

        var scheme = text[..text.IndexOf("://", StringComparison.Ordinal)];
        if (scheme is not ("redis" or "rediss"))
        {
            throw new ArgumentException($"the scheme {scheme}:// is not known; expected redis://, rediss:// (TLS), or HOST:PORT");
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
        {
            throw new ArgumentException("the URL cannot be read; expected redis://USER:PASSWORD@HOST:PORT/0, with every special character of the password percent-encoded");
        }

        if (url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            throw new ArgumentException("a URL takes no parameters behind ? or #; write HOST:PORT,password=… for what needs some");
        }

        var settings = new ConfigurationOptions { Ssl = scheme == "rediss" };
        var host = url.Host.Trim('[', ']');
        var port = url.Port < 0 ? DefaultPort : url.Port;
        settings.EndPoints.Add(IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port));
        if (url.AbsolutePath is not ("" or "/"))
        {
            settings.DefaultDatabase = int.TryParse(url.AbsolutePath.AsSpan(1), out var database)
                ? database
                : throw new ArgumentException("behind the server a URL has the number of the database, 0, or nothing");
        }

        // redis://:password@host has no user, and redis://password@host is a user alone, as in Redis's own tools.
        if (url.UserInfo.Split(':', 2) is [var user, .. var rest] && url.UserInfo.Length > 0)
        {
            settings.User = user.Length > 0 ? Uri.UnescapeDataString(user) : null;
            settings.Password = rest is [var password] ? Uri.UnescapeDataString(password) : null;
        }

        return settings;
    }
}
