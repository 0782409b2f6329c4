using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>What clusters and destinations say of balancing, and what each destination weighs now.</summary>
internal sealed class ClusterBalancing(TimeProvider time)
{
    // A model lives until its configuration changes, and what was read from it as long as it does.
    private readonly ConditionalWeakTable<ClusterModel, BalancingOptions> _clusters = [];
    private readonly ConditionalWeakTable<DestinationModel, DestinationOptions> _destinations = [];
    private readonly ConditionalWeakTable<ClusterState, SlowStart> _slowStarts = [];

    /// <summary>Throws an <see cref="InvalidSettingException"/> for what is no setting of balancing.</summary>
    public static void Check(ClusterConfig cluster)
    {
        var section = $"ReverseProxy:Clusters:{cluster.ClusterId}";
        Read(cluster, section);
        foreach (var (id, destination) in cluster.Destinations ?? new Dictionary<string, DestinationConfig>())
        {
            Read(destination, $"{section}:Destinations:{id}");
        }
    }

    public BalancingOptions Of(ClusterModel cluster) =>
        _clusters.GetValue(cluster, model => Read(model.Config, $"ReverseProxy:Clusters:{model.Config.ClusterId}"));

    /// <summary>The share of a destination's, above 0: its own weight, less while it starts slowly.</summary>
    public double WeightOf(DestinationState destination, ClusterState cluster)
    {
        var weight = _destinations.GetValue(destination.Model, model => Read(model.Config, destination.DestinationId)).Weight;
        var slowStart = Of(cluster.Model).SlowStart;
        return slowStart == TimeSpan.Zero ? weight : weight * _slowStarts.GetValue(cluster, _ => new SlowStart(time)).ShareOf(destination, cluster, slowStart);
    }

    /// <summary>Whether a destination is asked only where no other one can be.</summary>
    public bool IsBackup(DestinationState destination) => _destinations.GetValue(destination.Model, model => Read(model.Config, destination.DestinationId)).Backup;

    private static BalancingOptions Read(ClusterConfig cluster, string section) =>
        MetadataSettings.Read(new BalancingOptions(), BalancingOptions.Prefix, cluster.Metadata, $"{section}:Metadata");

    private static DestinationOptions Read(DestinationConfig destination, string section) =>
        MetadataSettings.Read(new DestinationOptions(), BalancingOptions.Prefix, destination.Metadata, $"{section}:Metadata");
}

/// <summary>What one destination can take. It stands in the destination's <c>Metadata</c>: <c>"Metadata": { "Balancing.Weight": "3" }</c>.</summary>
internal sealed record DestinationOptions
{
    /// <summary>Its share of the work beside the others of its cluster. Default 1.</summary>
    [Range(0.01, 1000.0)]
    public double Weight { get; init; } = 1;

    /// <summary>Whether it is asked only while no other destination of the cluster can be. Default false.</summary>
    public bool Backup { get; init; }
}
