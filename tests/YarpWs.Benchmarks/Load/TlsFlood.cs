using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace YarpWs.Benchmarks.Load;

/// <summary>Connections that do nothing but TLS handshakes, one after the other.</summary>
internal sealed class TlsFlood : IFlood
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private long _served;

    public TlsFlood(IPEndPoint server, int connections) =>
        _running = Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => RunAsync(server))));

    /// <summary>Handshakes.</summary>
    public long Served => Volatile.Read(ref _served);

    public void Dispose()
    {
        _stop.Cancel();
        _running.Wait();
        _stop.Dispose();
    }

    private async Task RunAsync(IPEndPoint server)
    {
        while (!_stop.IsCancellationRequested)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(server, _stop.Token);
                await using var tls = new SslStream(client.GetStream());

                // Each one whole: a resumed session would cost the server nothing.
                await tls.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=localhost", AllowTlsResume = false }, _stop.Token);
                Interlocked.Increment(ref _served);
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException)
            {
                // The end of the flood, or a server that has enough of it.
            }
        }
    }
}
