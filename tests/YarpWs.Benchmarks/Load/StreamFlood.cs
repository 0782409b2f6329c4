using System.Net;
using System.Net.Security;

namespace YarpWs.Benchmarks.Load;

/// <summary>HTTP/2 connections with as many streams as the server lets them have, each followed by the next.</summary>
internal sealed class StreamFlood : IFlood
{
    private const int StreamsEach = 100;

    private readonly CancellationTokenSource _stop = new();
    private readonly HttpMessageInvoker[] _clients;
    private readonly Task _running;
    private long _served;

    public StreamFlood(IPEndPoint server, int connections)
    {
        _clients = [.. Enumerable.Range(0, connections).Select(_ => new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=localhost" },
        }))];
        var target = new Uri($"https://{server}/nowhere");
        _running = Task.WhenAll(_clients.SelectMany(client => Enumerable.Range(0, StreamsEach).Select(_ => Task.Run(() => RunAsync(client, target)))));
    }

    /// <summary>Answers.</summary>
    public long Served => Volatile.Read(ref _served);

    public void Dispose()
    {
        _stop.Cancel();
        _running.Wait();
        Array.ForEach(_clients, client => client.Dispose());
        _stop.Dispose();
    }

    private async Task RunAsync(HttpMessageInvoker client, Uri target)
    {
        while (!_stop.IsCancellationRequested)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            try
            {
                using var answer = await client.SendAsync(request, _stop.Token);
                Interlocked.Increment(ref _served);
            }
            catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException)
            {
                // The end of the flood, or a server that has enough of it.
            }
        }
    }
}
