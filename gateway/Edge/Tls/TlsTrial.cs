using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>A handshake of the gateway with itself, in memory: it finds what no look at the settings can, such as a suite that this machine's OpenSSL does not have.</summary>
internal static class TlsTrial
{
    /// <summary>In memory it takes milliseconds, and neither side waits for anybody.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>Why no client could shake hands, whatever it offers; null when one could.</summary>
    public static string? FaultOf(ServerCertificate certificate, SslProtocols versions, CipherSuitesPolicy? suites)
    {
        using var timeout = new CancellationTokenSource(Longest);

        // Off the caller's context, and done without waiting for anything outside of this process.
        return Task.Run(() => HandshakeAsync(certificate, versions, suites, timeout.Token)).GetAwaiter().GetResult();
    }

    private static async Task<string?> HandshakeAsync(ServerCertificate certificate, SslProtocols versions, CipherSuitesPolicy? suites, CancellationToken cancellation)
    {
        Pipe toServer = new(), toClient = new();
        await using var server = new SslStream(new PipeEnds(toServer.Reader, toClient.Writer));
        await using var client = new SslStream(new PipeEnds(toClient.Reader, toServer.Writer));
        var serving = server.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Context, EnabledSslProtocols = versions, CipherSuitesPolicy = suites, AllowTlsResume = false },
            cancellation);
        var asking = client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = versions, RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null },
            cancellation);
        try
        {
            await serving;
            return null;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or OperationCanceledException or PlatformNotSupportedException)
        {
            return exception.GetBaseException().Message.ReplaceLineEndings(" ");
        }
        finally
        {
            // The other side fails or succeeds with this one; either way nobody listens to it any more.
            await toClient.Writer.CompleteAsync();
            await asking.ContinueWith(task => task.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private sealed class PipeEnds(PipeReader input, PipeWriter output) : AsyncStream
    {
        private readonly Stream _input = input.AsStream();
        private readonly Stream _output = output.AsStream();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _output.WriteAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            _output.Dispose();
            _input.Dispose();
            base.Dispose(disposing);
        }
    }
}
