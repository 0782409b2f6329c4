using System.ComponentModel.DataAnnotations;

namespace YarpWs.Gateway.Routes.Balancing;

/// <summary>What one destination can take. It stands in the destination's <c>Metadata</c>: <c>"Metadata": { "Balancing.Weight": "3" }</c>.</summary>
internal sealed record DestinationOptions
{
    /// <summary>Its share of the work beside the others of its cluster. Default 1.</summary>
    [Range(0.01, 1000.0)]
    public double Weight { get; init; } = 1;
}
