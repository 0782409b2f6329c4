using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace YarpWs.Platform.Redis;

/// <summary>What one Sentinel says of the master of a service.</summary>
/// <param name="Master">The server that clients are to use.</param>
/// <param name="Epoch">Rises with every failover: of two Sentinels, the one with the higher epoch knows the newer master.</param>
/// <param name="IsSteppingDown">Whether this Sentinel is about to make another server the master.</param>
internal readonly record struct SentinelAnswer(EndPoint Master, long Epoch, bool IsSteppingDown)
{
    /// <summary>
    /// Asks a Sentinel. While it leads a failover, its two answers differ from the moment that the new master has taken over: SENTINEL MASTER goes on to name the
    /// old one until the replicas have turned, get-master-addr-by-name does not.
    /// </summary>
    /// <exception cref="RedisException">It does not answer, or knows no such service.</exception>
    public static async Task<SentinelAnswer?> AskAsync(IServer sentinel, string service)
    {
        var named = (string[]?)await sentinel.ExecuteAsync("SENTINEL", "get-master-addr-by-name", service);
        if (named is not [var host, var port])
        {
            return null;
        }

        var fields = (await sentinel.ExecuteAsync("SENTINEL", "MASTER", service)).ToDictionary(StringComparer.Ordinal);
        var epoch = long.Parse((string)fields["config-epoch"]!, CultureInfo.InvariantCulture);
        var watched = Address((string)fields["ip"]!, (string)fields["port"]!);
        if (!((string)fields["flags"]!).Split(',').Contains("failover_in_progress"))
        {
            // Also where the failover ended between the two answers.
            return new SentinelAnswer(watched, epoch, IsSteppingDown: false);
        }

        var master = Address(host, port);
        return new SentinelAnswer(master, epoch, master.Equals(watched));
    }

    /// <summary>An address, or a name where the Sentinels announce names.</summary>
    public static EndPoint Address(string host, string port)
    {
        var number = int.Parse(port, CultureInfo.InvariantCulture);
        return IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, number) : new DnsEndPoint(host, number);
    }
}
