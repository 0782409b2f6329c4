using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace YarpWs.Platform.Transport;

/// <summary>
/// Ends what a server sends on an accepted WebSocket, while it goes on reading: the client reads the close frame, then the end, and closes. Closing both
/// sides at once would answer bytes still on their way with a reset, which overtakes the close frame; keeping both open makes a client wait.
/// </summary>
internal static class SendingSide
{
    /// <summary>
    /// How to end it: TCP's FIN behind TLS's close_notify, or END_STREAM where a stream of HTTP/2 is the request. Null for a socket of a loop, which needs no
    /// more than its stream, and where the platform has no way.
    /// </summary>
    public static Func<Task>? EndOf(HttpContext context, Stream accepted)
    {
        switch (accepted)
        {
            case LoopStream:
                return null;
            case TlsStream secured:
                return secured.EndSendingAsync;
        }

        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true })
        {
            return context.Response.CompleteAsync;
        }

        return context.Features.Get<LoopConnection>() is { } connection && context.Features.Get<ISslStreamFeature>()?.SslStream is { } tls
            ? async () =>
            {
                await tls.ShutdownAsync();
                connection.ShutdownSend();
            }
        : null;
    }

    /// <summary>Ends it. To be called once, when nothing is being written.</summary>
    /// <param name="accepted">The connection.</param>
    /// <param name="end">What <see cref="EndOf"/> has given for it.</param>
    public static Task EndAsync(Stream accepted, Func<Task>? end)
    {
        if (accepted is LoopStream direct)
        {
            direct.ShutdownSend();
        }

        return end?.Invoke() ?? Task.CompletedTask;
    }
}
