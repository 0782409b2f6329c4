namespace YarpWs.Gateway.Requests;

/// <summary>The headers by which external checks say whose login it is: from a client they would look as if a check had said it.</summary>
internal sealed record IdentityHeaders(IReadOnlyList<string> Names);
