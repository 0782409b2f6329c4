namespace YarpWs.Gateway.Access;

/// <summary>The names of the configured authentication schemes.</summary>
internal sealed record AccessSchemes(string[] Names);
