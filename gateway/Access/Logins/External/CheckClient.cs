using System.Collections.Frozen;
using System.Net;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Sockets.Draining;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>
/// Asks a check, on one destination of its cluster after another: those that are available and not taken out, in the order that the cluster's balancing gives them, over the cluster's own connections. Health
/// learns from it as from any request.
/// </summary>
internal sealed class CheckClient(
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
    public async Task<CheckAnswer> AskAsync(ExternalCheckOptions options, CheckQuestion question, TimeSpan patience, CancellationToken stopping)
    {
        if (!proxy.TryGetCluster(options.Cluster!, out var cluster))
        {
            return new NoAnswer($"there is no cluster '{options.Cluster}' any more", "Put it back into ReverseProxy:Clusters.");
        }

        var begun = time.GetTimestamp();
        var context = ContextOf(options, question);
        List<DestinationState> untried = [.. drained.Without(cluster.ClusterId, cluster.DestinationsState.AvailableDestinations)];
        var tries = Math.Min(MostTries, untried.Count);
        CheckAnswer answer = new NoAnswer($"cluster {cluster.ClusterId} has no destination that could be asked", "See /destinations on the admin port.");
        for (var left = tries; left > 0; left--)
        {
            var rest = patience - time.GetElapsedTime(begun);
            if (rest <= TimeSpan.Zero || PolicyOf(cluster).PickDestination(context, cluster, untried) is not { } destination)
            {
                break;
            }

            // What is left is shared by those that are left, so that one which hangs takes no more than its part.
            (answer, var isDestinations) = await TryAsync(options, question, cluster, destination, context, rest / left, patience, stopping);
            if (!isDestinations)
            {
                break;
            }

            untried.Remove(destination);
        }

        return answer;
    }

    /// <summary>Returns as well whether the fault is that destination's, so that another one may know better.</summary>
    private async Task<(CheckAnswer Answer, bool IsDestinations)> TryAsync(
        ExternalCheckOptions options, CheckQuestion question, ClusterState cluster, DestinationState destination, HttpContext context, TimeSpan share, TimeSpan patience, CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(share, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        using var request = question.ToRequest(destination.Model.Config.Address, options.Path!);
        var config = cluster.Model.Config.HttpRequest;
        request.Version = config?.Version ?? HttpVersion.Version20;
        request.VersionPolicy = config?.VersionPolicy ?? HttpVersionPolicy.RequestVersionOrLower;
        try
        {
            using var response = await cluster.Model.HttpClient.SendAsync(request, either.Token);
            var answer = await CheckAnswerReader.ReadAsync(response, options, either.Token);
            Report(cluster, destination, context, (int)response.StatusCode, failure: null);
            return (answer, response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return (new NoAnswer("the gateway stops", "Start it again."), false);
        }
        catch (OperationCanceledException exception)
        {
            Report(cluster, destination, context, StatusCodes.Status504GatewayTimeout, new Failure(ForwarderError.RequestTimedOut, exception));
            return (new NoAnswer($"{destination.DestinationId} did not answer in time ({patience.TotalSeconds:0.###} s for all tries)", "See whether it has enough processes for the questions, or raise Timeout."), true);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            Report(cluster, destination, context, StatusCodes.Status502BadGateway, new Failure(ForwarderError.Request, exception));
            return (new NoAnswer($"{destination.DestinationId} failed: {exception.GetBaseException().Message.TrimEnd('.')}", "See whether it runs, and whether its address is right."), true);
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

    /// <summary>The question as a request of its own, for those who balance and judge requests.</summary>
    private static DefaultHttpContext ContextOf(ExternalCheckOptions options, CheckQuestion question)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Get;
        context.Request.Host = new HostString(question.Host);
        context.Request.Path = new PathString(options.Path!.Split('?')[0]);
        context.Features.Set(question.Client);
        return context;
    }

    private sealed record Failure(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature;
}
