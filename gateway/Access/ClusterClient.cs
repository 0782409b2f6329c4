using System.Collections.Frozen;
using System.Net;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Sockets.Draining;

namespace YarpWs.Gateway.Access;

/// <summary>
/// Asks a question of the gateway's own, on one destination of a cluster after another: those that are available and not taken out, in the order that the cluster's balancing gives them, over the cluster's
/// own connections. Health learns from it as from any request.
/// </summary>
internal sealed class ClusterClient(
    IProxyStateLookup proxy,
    IEnumerable<ILoadBalancingPolicy> balancing,
    IEnumerable<IPassiveHealthCheckPolicy> health,
    DrainedDestinations drained,
    TimeProvider time)
{
    /// <summary>As many as a request is tried on unless its cluster says otherwise.</summary>
    private const int MostTries = 3;

    private readonly FrozenDictionary<string, ILoadBalancingPolicy> _balancing = balancing.ToFrozenDictionary(policy => policy.Name, StringComparer.OrdinalIgnoreCase);
    private readonly FrozenDictionary<string, IPassiveHealthCheckPolicy> _health = health.ToFrozenDictionary(policy => policy.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Does not throw for what a destination does, and takes no longer than <paramref name="patience"/>.</summary>
    /// <param name="id">The cluster.</param>
    /// <param name="context">The question as a request of its own, for those who balance and judge requests.</param>
    /// <param name="toRequest">Makes the question of the address of a destination.</param>
    /// <param name="read">Reads an answer; throws as reading a body does.</param>
    /// <param name="patience">How long all tries may take together.</param>
    /// <param name="stopping">That nobody waits for the answer any more.</param>
    /// <exception cref="OperationCanceledException">Nobody does.</exception>
    public async Task<ClusterAnswer<T>> AskAsync<T>(
        string id, HttpContext context, Func<string, HttpRequestMessage> toRequest, Func<HttpResponseMessage, CancellationToken, ValueTask<T>> read, TimeSpan patience, CancellationToken stopping)
        where T : class
    {
        if (!proxy.TryGetCluster(id, out var cluster))
        {
            return ClusterAnswer<T>.None($"there is no cluster '{id}' any more", "Put it back into ReverseProxy:Clusters.");
        }

        var begun = time.GetTimestamp();
        List<DestinationState> untried = [.. drained.Without(cluster.ClusterId, cluster.DestinationsState.AvailableDestinations)];
        var tries = Math.Min(MostTries, untried.Count);
        var answer = ClusterAnswer<T>.None($"cluster {cluster.ClusterId} has no destination that could be asked", "See /destinations on the admin port.");
        for (var left = tries; left > 0; left--)
        {
            var rest = patience - time.GetElapsedTime(begun);
            if (rest <= TimeSpan.Zero || PolicyOf(cluster).PickDestination(context, cluster, untried) is not { } destination)
            {
                break;
            }

            // What is left is shared by those that are left, so that one which hangs takes no more than its part.
            (answer, var isDestinations) = await TryAsync(cluster, destination, context, toRequest, read, rest / left, patience, stopping);
            if (!isDestinations)
            {
                break;
            }

            untried.Remove(destination);
        }

        return answer;
    }

    /// <summary>Returns as well whether the fault is that destination's, so that another one may know better.</summary>
    private async Task<(ClusterAnswer<T> Answer, bool IsDestinations)> TryAsync<T>(
        ClusterState cluster,
        DestinationState destination,
        HttpContext context,
        Func<string, HttpRequestMessage> toRequest,
        Func<HttpResponseMessage, CancellationToken, ValueTask<T>> read,
        TimeSpan share,
        TimeSpan patience,
        CancellationToken stopping)
        where T : class
    {
        using var deadline = new CancellationTokenSource(share, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        using var request = toRequest(destination.Model.Config.Address);
        var config = cluster.Model.Config.HttpRequest;
        request.Version = config?.Version ?? HttpVersion.Version20;
        request.VersionPolicy = config?.VersionPolicy ?? HttpVersionPolicy.RequestVersionOrLower;
        try
        {
            using var response = await cluster.Model.HttpClient.SendAsync(request, either.Token);
            var answer = await read(response, either.Token);
            Report(cluster, destination, context, (int)response.StatusCode, failure: null);
            return (new(answer, "", ""), response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout);
        }
        catch (OperationCanceledException exception) when (!stopping.IsCancellationRequested)
        {
            Report(cluster, destination, context, StatusCodes.Status504GatewayTimeout, new Failure(ForwarderError.RequestTimedOut, exception));
            return (ClusterAnswer<T>.None($"{destination.DestinationId} did not answer in time ({patience.TotalSeconds:0.###} s for all tries)", "See whether it has enough processes for the questions, or raise Timeout."), true);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            Report(cluster, destination, context, StatusCodes.Status502BadGateway, new Failure(ForwarderError.Request, exception));
            return (ClusterAnswer<T>.None($"{destination.DestinationId} failed: {exception.GetBaseException().Message.TrimEnd('.')}", "See whether it runs, and whether its address is right."), true);
        }
    }

    private ILoadBalancingPolicy PolicyOf(ClusterState cluster) => _balancing[cluster.Model.Config.LoadBalancingPolicy ?? LoadBalancingPolicies.PowerOfTwoChoices];

    private void Report(ClusterState cluster, DestinationState destination, HttpContext context, int status, IForwarderErrorFeature? failure)
    {
        if (cluster.Model.Config.HealthCheck?.Passive is { Enabled: true } passive
            && _health.TryGetValue(passive.Policy ?? HealthCheckConstants.PassivePolicy.TransportFailureRate, out var policy))
        {
            context.Response.StatusCode = status;
            context.Features.Set(failure);
            policy.RequestProxied(context, cluster, destination);
        }
    }

    private sealed record Failure(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature;
}

/// <summary>What has come of a question.</summary>
/// <param name="Value">What was read of the answer; null where there is none.</param>
/// <param name="Cause">Why there is none, in a few words for the log.</param>
/// <param name="Remedy">What the operator can do about it, as a sentence.</param>
internal readonly record struct ClusterAnswer<T>(T? Value, string Cause, string Remedy)
    where T : class
{
    public static ClusterAnswer<T> None(string cause, string remedy) => new(null, cause, remedy);
}
