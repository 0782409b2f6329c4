using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>Answers a client that speaks plain HTTP where TLS is spoken, as nginx does, instead of leaving it with a connection that ends.</summary>
internal static class PlainRequests
{
    /// <summary>As long as Kestrel waits for a handshake.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private const string Sentence = "TLS is spoken on this port; use an address with https or wss.\n";

    private static readonly byte[] Answer = Encoding.ASCII.GetBytes(
        $"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {Sentence.Length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{Sentence}");

    /// <param name="listener">Before its TLS.</param>
    /// <param name="endpoint">By its name in the settings.</param>
    /// <param name="refusals">Hears of them.</param>
    public static void Answering(ListenOptions listener, string endpoint, HandshakeRefusals refusals) => listener.Use(next => async connection =>
    {
        switch (await IsPlainAsync(connection))
        {
            case true:
                refusals.Tell(endpoint, connection.RemoteEndPoint, "it speaks plain HTTP where TLS is spoken");
                await connection.Transport.Output.WriteAsync(Answer);
                break;
            case false:
                await next(connection);
                break;
        }
    });

    /// <summary>Looks at the first byte and takes nothing; null when none has come. A TLS handshake begins with 22 (RFC 8446, section 5.1), a request with a letter of its method.</summary>
    private static async Task<bool?> IsPlainAsync(ConnectionContext connection)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        timeout.CancelAfter(LongestWait);
        var input = connection.Transport.Input;
        try
        {
            var read = await input.ReadAsync(timeout.Token);
            if (read.Buffer.IsEmpty)
            {
                return null;
            }

            var isPlain = char.IsAsciiLetterUpper((char)read.Buffer.FirstSpan[0]);
            input.AdvanceTo(isPlain ? read.Buffer.End : read.Buffer.Start, isPlain ? read.Buffer.End : read.Buffer.Start);
            return isPlain;
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // It has gone, or kept silent for too long.
            return null;
        }
    }
}
