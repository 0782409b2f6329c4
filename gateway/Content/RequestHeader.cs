namespace YarpWs.Gateway.Content;

/// <summary>A header that the destinations of a route get, in place of the client's.</summary>
internal sealed record RequestHeader
{
    /// <summary>Its name. Required.</summary>
    public string? Name { get; init; }

    /// <summary>Its value, with variables of the request such as $request_id; one that comes out empty has the header left out. Required.</summary>
    public string? Value { get; init; }
}
