using System.IO.Hashing;
using System.Text;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>
/// Keeps what has the same key together, such as the members of a room, on every gateway alike: each destination gets a rank for the key by
/// rendezvous hashing (Thaler and Ravishankar, 1998), and the first one is taken whose load is within its bound. A destination that comes
/// takes its share of the keys from the others and one that goes leaves its keys to them; no other key moves.
/// </summary>
internal sealed class BoundedHash(ClusterBalancing balancing, DestinationLoad load, LeastLoad leastLoad) : ILoadBalancingPolicy
{
    public const string PolicyName = "BoundedHash";

    public string Name => PolicyName;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        if (availableDestinations.Count <= 1)
        {
            return availableDestinations.Count == 0 ? null : availableDestinations[0];
        }

        var options = balancing.Of(cluster.Model);
        if (HashKey.Of(context, options.HashBy) is not { Length: > 0 } key)
        {
            return leastLoad.Pick(cluster, availableDestinations);
        }

        var work = 1.0 + availableDestinations.Sum(load.Of);
        var share = work / availableDestinations.Sum(destination => balancing.WeightOf(destination, cluster));
        DestinationState? best = null;
        var bestScore = 0.0;
        foreach (var destination in availableDestinations)
        {
            var weight = balancing.WeightOf(destination, cluster);
            var score = Score(key, destination.DestinationId, weight);
            if (score > bestScore && load.Of(destination) + 1 <= Math.Ceiling(share * weight * options.MaxLoad))
            {
                (best, bestScore) = (destination, score);
            }
        }

        return best ?? leastLoad.Pick(cluster, availableDestinations);
    }

    /// <summary>Higher wins. With weights w, a destination wins w of the sum of all weights of the keys.</summary>
    private static double Score(string key, string destination, double weight)
    {
        // The id, not the address: a destination keeps its keys when it moves. The length keeps "a" + "bc" from being "ab" + "c".
        var hash = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{destination.Length}:{destination}{key}"));
        var chance = ((hash >> 11) + 0.5) / (1UL << 53);
        return -weight / Math.Log(chance);
    }
}

/// <summary>What a request has of what <see cref="BalancingOptions.HashBy"/> names.</summary>
internal static class HashKey
{
    /// <summary>Null or empty when it has none.</summary>
    public static string? Of(HttpContext context, string by)
    {
        var (kind, name) = by.Split(':', 2) is [var first, var second] ? (first, second) : (by, "");
        return kind switch
        {
            "query" => context.Request.Query[name].ToString(),
            "header" => context.Request.Headers[name].ToString(),
            "cookie" => context.Request.Cookies[name],
            "address" => context.Features.Get<Client>()?.Address?.ToString(),
            "claim" => context.User.FindFirst(name)?.Value,
            _ when name.Length > 0 => Segment(context.Request.Path, int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)),
            _ => context.Request.Path.Value,
        };
    }

    private static string? Segment(PathString path, int number) => path.Value?.Split('/').ElementAtOrDefault(number);
}
