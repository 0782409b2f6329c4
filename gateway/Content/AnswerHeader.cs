namespace YarpWs.Gateway.Content;

/// <summary>A header that the answers of a route get, those of the gateway itself too.</summary>
internal sealed record AnswerHeader
{
    /// <summary>Its name. Required.</summary>
    public string? Name { get; init; }

    /// <summary>Its value, with variables of the request such as $host; one that comes out empty is left out. Required.</summary>
    public string? Value { get; init; }

    /// <summary>Whether answers of every status get it; otherwise those with 200, 201, 204, 206, 301, 302, 303, 304, 307 and 308, as with nginx's add_header without "always". Default false.</summary>
    public bool Always { get; init; }
}
