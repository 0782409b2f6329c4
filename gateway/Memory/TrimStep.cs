namespace YarpWs.Memory;

/// <summary>What <see cref="TrimRule"/> asks for.</summary>
internal enum TrimStep
{
    None,

    /// <summary>A collection beside the work, which gives nothing back.</summary>
    Collect,

    /// <summary>A collection that compacts and gives back, while nothing else runs.</summary>
    Trim,
}
