using System.Text.Json.Serialization;

namespace YarpWs.Gateway.Access.Revocations;

/// <summary>Where something that a gateway was told of a login holds.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Scope>))]
internal enum Scope
{
    /// <summary>On every gateway.</summary>
    [JsonStringEnumMemberName("all")]
    All,

    /// <summary>On this gateway now, on the others once Redis is back.</summary>
    [JsonStringEnumMemberName("pending")]
    Pending,

    /// <summary>On this gateway alone.</summary>
    [JsonStringEnumMemberName("local")]
    Local,
}
