using YarpWs.Gateway.Edge.Tls;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Operator;

/// <summary>What the admin port says of certificates: <c>GET /certificates</c>. Nothing of a key or a password.</summary>
internal sealed class CertificatePages(TlsEndpoints endpoints)
{
    public Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            return Refusal.WriteMethodAsync(context, "Certificates are only read here; they change with their files.");
        }

        return context.Response.WriteAsJsonAsync(
            new
            {
                certificates = endpoints.Certificates.Select(View),
                authorities = endpoints.Files.OfType<AuthorityFile>().Select(authorities => new { file = authorities.Name, setting = authorities.Key, error = View(authorities.Fault) }),
            },
            context.RequestAborted);
    }

    private static object View(CertificateFile certificate) => new
    {
        file = certificate.Name,
        setting = certificate.Key,
        subject = certificate.Current.Subject,
        names = certificate.Current.Names,
        sha256 = certificate.Current.Thumbprint,
        notAfter = certificate.Current.NotAfter,
        since = certificate.Current.Since,
        error = View(certificate.Fault),
    };

    private static object? View(TlsFault? fault) => fault is null ? null : new { text = fault.Text, since = fault.Since };
}
