using System.Net.Security;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>A certificate in use.</summary>
/// <param name="Context">What handshakes are made with: certificate, key and chain.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="Names">The names and addresses that it is for.</param>
/// <param name="Thumbprint">SHA-256 of it, in hexadecimal.</param>
/// <param name="NotAfter">When it expires.</param>
/// <param name="Since">When the gateway took it.</param>
internal sealed record ServerCertificate(
    SslStreamCertificateContext Context, string Subject, IReadOnlyList<string> Names, string Thumbprint, DateTimeOffset NotAfter, DateTimeOffset Since);
