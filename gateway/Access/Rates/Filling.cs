namespace YarpWs.Gateway.Access.Rates;

/// <summary>What came of filling one into a bucket.</summary>
/// <param name="Held">What the bucket holds, or would hold.</param>
/// <param name="Where">Which one that is.</param>
internal readonly record struct Filling(double Held, FilledWhere Where);

internal enum FilledWhere
{
    /// <summary>Nowhere: the request has no key, or nobody could be asked.</summary>
    Nowhere,

    /// <summary>In the memory of this gateway.</summary>
    Here,

    /// <summary>In the bucket that gateways share.</summary>
    Redis,
}
