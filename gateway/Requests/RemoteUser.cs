namespace YarpWs.Gateway.Requests;

/// <summary>Who a request has proved to come from by a password of a route's <c>BasicAuth</c>; a feature of the request, absent without one.</summary>
internal sealed record RemoteUser(string Name);
