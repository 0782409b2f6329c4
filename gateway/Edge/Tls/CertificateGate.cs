using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>
/// Answers 400 to clients whose certificate was asked for and does not hold, as nginx does. RFC 8446, section 4.4.2.4, leaves it to the server to go on with a client that has
/// not shown who it is, or to end the handshake with an alert; on Linux the platform can end it only without one, so that a client could not tell what was wrong.
/// </summary>
internal sealed class CertificateGate(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<RefusedCertificate>() is not { } refused)
        {
            return next(context);
        }

        if (HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers[HeaderNames.Connection] = "close";
        }

        return Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, refused.Sentence, RefusalReason.Request);
    }
}

/// <summary>The mark of a connection whose client is let in to nothing.</summary>
/// <param name="Sentence">What to tell it.</param>
internal sealed record RefusedCertificate(string Sentence);
