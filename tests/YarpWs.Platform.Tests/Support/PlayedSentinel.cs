using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace YarpWs.Tests.Support;

/// <summary>A Sentinel that says what a test wants: one service, on a port of its own, in RESP2.</summary>
internal sealed class PlayedSentinel : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Stream, byte> _listening = new();
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly string _service;
    private readonly Task _serving;

    public PlayedSentinel(string service, IPEndPoint master)
    {
        _service = service;
        Named = Watched = master;
        _listener.Start();
        Address = (IPEndPoint)_listener.LocalEndpoint;
        _serving = ServeAsync();
    }

    public IPEndPoint Address { get; }

    /// <summary>What get-master-addr-by-name answers.</summary>
    public IPEndPoint Named { get; set; }

    /// <summary>What SENTINEL MASTER answers.</summary>
    public IPEndPoint Watched { get; set; }

    /// <summary>Null for one that says what no Sentinel says.</summary>
    public long? Epoch { get; set; } = 1;

    public string Flags { get; set; } = "master";

    /// <summary>False while it does not know the service yet, or any more.</summary>
    public bool KnowsService { get; set; } = true;

    public IReadOnlyList<PlayedSentinel> Others { get; set; } = [];

    /// <summary>What it was asked, each as one line.</summary>
    public IReadOnlyCollection<string> Asked => _asked;

    /// <summary>Another server is the master now, after a failover.</summary>
    public void Promote(IPEndPoint master, long epoch) => (Named, Watched, Epoch, Flags) = (master, master, epoch, "master");

    /// <summary>Publishes to who listens to this event.</summary>
    public void Say(string name, string text)
    {
        foreach (var listener in _listening.Keys)
        {
            Write(listener, $"*3\r\n{Bulk("message")}{Bulk(name)}{Bulk(text)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        await _serving;
    }

    private async Task ServeAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _clients.Add(client);
                serving.Add(ServeAsync(client.GetStream()));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It was stopped.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(NetworkStream stream)
    {
        await Task.Yield();
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        try
        {
            while (await reader.ReadLineAsync() is ['*', .. var count])
            {
                var words = new string[int.Parse(count, CultureInfo.InvariantCulture)];
                for (var i = 0; i < words.Length; i++)
                {
                    await reader.ReadLineAsync();
                    words[i] = await reader.ReadLineAsync() ?? "";
                }

                _asked.Enqueue(string.Join(' ', words));
                if (words is ["SUBSCRIBE", ..])
                {
                    _listening.TryAdd(stream, 0);
                }

                Write(stream, Answer(words));
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The client or the test has left.
        }
        finally
        {
            _listening.TryRemove(stream, out _);
        }
    }

    private string Answer(string[] words) => words switch
    {
        ["PING", ..] => "+PONG\r\n",
        ["AUTH", ..] or ["CLIENT", ..] => "+OK\r\n",
        ["INFO", ..] => Bulk("redis_version:7.0.0\r\nredis_mode:sentinel\r\nrole:sentinel\r\n"),
        ["ECHO", var text] => Bulk(text),
        ["SUBSCRIBE", .. var names] => string.Concat(names.Select((name, i) => $"*3\r\n{Bulk("subscribe")}{Bulk(name)}:{i + 1}\r\n")),
        ["SENTINEL", var question, var service] when !KnowsService || service != _service => question == "get-master-addr-by-name" ? "*-1\r\n" : "-ERR No such master with that name\r\n",
        ["SENTINEL", "get-master-addr-by-name", _] => Array([$"{Named.Address}", $"{Named.Port}"]),
        ["SENTINEL", "MASTER", _] => Array(["ip", $"{Watched.Address}", "port", $"{Watched.Port}", "flags", Flags, "config-epoch", $"{Epoch}"]),
        ["SENTINEL", "SENTINELS", _] => $"*{Others.Count}\r\n{string.Concat(Others.Select(other => Array(["ip", $"{other.Address.Address}", "port", $"{other.Address.Port}"])))}",
        _ => "-ERR unknown command\r\n",
    };

    private static string Array(IReadOnlyList<string> texts) => $"*{texts.Count}\r\n{string.Concat(texts.Select(Bulk))}";

    private static string Bulk(string text) => $"${text.Length}\r\n{text}\r\n";

    private static void Write(Stream stream, string text)
    {
        lock (stream)
        {
            try
            {
                stream.Write(Encoding.ASCII.GetBytes(text));
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // Who asked has left.
            }
        }
    }
}
