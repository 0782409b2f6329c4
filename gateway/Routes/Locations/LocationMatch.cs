namespace YarpWs.Gateway.Routes.Locations;

/// <summary>What makes a route a location of a server, beside YARP's own Match. Stands in a route's <c>Match</c>.</summary>
internal sealed record LocationMatch
{
    /// <summary>The server that it is a location of: an id of ReverseProxy:Servers. Requires Location.</summary>
    public string? Server { get; init; }

    /// <summary>
    /// The paths, as nginx writes and chooses them: "= /x" this path, "/x/" what begins so, "^~ /x/" the same before any expression, "~ EXPRESSION" and "~* EXPRESSION"
    /// without regard to case, in the order of Order; "@name" no request's own. Stands in place of Path and Hosts.
    /// </summary>
    public string? Location { get; init; }

    /// <summary>
    /// A condition as nginx writes it: "$request_method = POST", "$http_user_agent ~* bot", "$map_NAME" for neither empty nor "0", with =, !=, ~, ~*, !~ and !~*. Of routes
    /// with one location, those with a condition or Methods are asked first, by Order. Without a Location the route is asked before all locations of the server, by Order.
    /// Default none.
    /// </summary>
    public string? When { get; init; }

    /// <summary>The route whose location this one stands in; it is asked only for paths that take that one. Default none.</summary>
    public string? Within { get; init; }
}
