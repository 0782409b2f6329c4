using System.Text.Json.Serialization;

namespace YarpWs.Gateway.Access;

/// <summary>Where something that a gateway was told of a login holds.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Reach>))]
internal enum Reach
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
