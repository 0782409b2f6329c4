namespace YarpWs.Gateway.Sockets.Draining;

/// <summary>A destination of a cluster. As everywhere in the proxy, case makes no difference.</summary>
internal readonly record struct DestinationName(string Cluster, string Id)
{
    public bool Equals(DestinationName other) =>
        Cluster.Equals(other.Cluster, StringComparison.OrdinalIgnoreCase) && Id.Equals(other.Id, StringComparison.OrdinalIgnoreCase);

    public override int GetHashCode() => HashCode.Combine(
        StringComparer.OrdinalIgnoreCase.GetHashCode(Cluster), StringComparer.OrdinalIgnoreCase.GetHashCode(Id));

    public override string ToString() => $"{Cluster}/{Id}";
}
