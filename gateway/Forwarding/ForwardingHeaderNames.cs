namespace YarpWs.Gateway.Forwarding;

internal static class ForwardingHeaderNames
{
    public const string For = "X-Forwarded-For";
    public const string Proto = "X-Forwarded-Proto";
    public const string Host = "X-Forwarded-Host";
    public const string Prefix = "X-Forwarded-Prefix";
    public const string RealIp = "X-Real-IP";
    public const string Forwarded = "Forwarded";

    /// <summary>The verified certificate of the client, PEM, percent-encoded as nginx's <c>$ssl_client_escaped_cert</c>.</summary>
    public const string ClientCert = "X-Client-Cert";
}
