namespace YarpWs.Gateway.Access.Rates;

/// <summary>What becomes of requests whose rate gateways share while Redis does not answer.</summary>
internal enum WithoutRedis
{
    /// <summary>The gateway counts them by itself, so that of two gateways each lets in as many.</summary>
    CountAlone,

    /// <summary>They are refused with 503.</summary>
    Refuse,
}
