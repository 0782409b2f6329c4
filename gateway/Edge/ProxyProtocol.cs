using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Telemetry;
using YarpWs.Platform.Settings;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Edge;

/// <summary>
/// Reads the headers of the PROXY protocol on the endpoints that ask for it, before anything else of a connection: (1) the peer has to be one of the balancers, unless others are served too; (2) its
/// header has to come in time and be whole; (3) the client that a balancer names is the peer of all that follows. What is refused is closed, and a line of the log says why.
/// </summary>
internal sealed class ProxyProtocol(TimeProvider time, ILogger<ProxyProtocol> logger)
{
    private readonly LinePace _pace = new(time);

    /// <summary>By listener, which Kestrel makes before it says whose it is.</summary>
    private readonly Dictionary<ListenOptions, Expected> _expected = [];

    /// <summary>What an endpoint asks for; null when nothing.</summary>
    /// <exception cref="InvalidSettingException">It cannot be done.</exception>
    public static ProxyProtocolOptions? Read(IConfigurationSection endpoint)
    {
        var section = endpoint.GetSection("ProxyProtocol");
        if (!section.Exists())
        {
            return null;
        }

        var options = section.Get<ProxyProtocolOptions>()!;
        foreach (var (property, expected) in Bounds.Broken(options))
        {
            throw new InvalidSettingException($"{section.Path}:{property}", $"'{section[property]}' is out of bounds; expected {expected}.");
        }

        if (options.Networks is not { Count: > 0 })
        {
            throw new InvalidSettingException($"{section.Path}:Networks", "anybody could name any client's address; expected the networks of the balancers in front, such as [ \"10.0.0.0/8\" ].");
        }

        if (endpoint["Protocols"]?.Contains("Http3", StringComparison.OrdinalIgnoreCase) == true)
        {
            throw new InvalidSettingException($"{endpoint.Path}:Protocols", "HTTP/3 has no place for the PROXY protocol; expected Http1AndHttp2, or no ProxyProtocol.");
        }

        _ = new PeerNetworks(options.Networks, $"{section.Path}:Networks");
        return options;
    }

    /// <summary>Stands in front of all else on a listener, of which it is not known yet whether it asks for this.</summary>
    public void Guard(ListenOptions listener) => listener.Use(next => connection =>
        _expected.TryGetValue(listener, out var expected) ? ReadAsync(connection, expected, next) : next(connection));

    /// <summary>Has connections of a listener begin with a header, from the first on.</summary>
    public void Expect(ListenOptions listener, IConfigurationSection endpoint)
    {
        var options = Read(endpoint)!;
        _expected[listener] = new Expected(endpoint.Key, new PeerNetworks(options.Networks!, $"{endpoint.Path}:ProxyProtocol:Networks"), options.ServeOthers, options.Timeout);
    }

    private async Task ReadAsync(ConnectionContext connection, Expected expected, ConnectionDelegate next)
    {
        // 1
        var peer = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        var isBelieved = expected.Networks.Contains(peer);
        if (!isBelieved && !expected.ServesOthers)
        {
            Refuse(connection, expected, "it is none of ProxyProtocol:Networks");
            return;
        }

        // 2
        ProxyHeaderAddresses header;
        using (var timeout = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed))
        {
            timeout.CancelAfter(expected.Timeout);
            try
            {
                if (await ReceiveAsync(connection, timeout.Token) is not { } received)
                {
                    Refuse(connection, expected, "it ended the connection before its PROXY header was whole");
                    return;
                }

                header = received;
            }
            catch (FormatException exception)
            {
                Refuse(connection, expected, exception.Message);
                return;
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                Refuse(connection, expected, connection.ConnectionClosed.IsCancellationRequested || exception is IOException ? "it broke off" : "its PROXY header did not come in time");
                return;
            }
        }

        // 3
        if (isBelieved && header.Source is { } client)
        {
            connection.Features.Set(new ProxyPeer(peer));
            connection.RemoteEndPoint = client;
        }

        await next(connection);
    }

    /// <summary>The header, which is taken and nothing behind it; null when the connection ends first.</summary>
    private static async Task<ProxyHeaderAddresses?> ReceiveAsync(ConnectionContext connection, CancellationToken cancellation)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            if (ProxyHeader.TryRead(read.Buffer, out var header, out var length))
            {
                input.AdvanceTo(read.Buffer.GetPosition(length));
                return header;
            }

            if (read.IsCompleted)
            {
                return null;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private void Refuse(ConnectionContext connection, Expected expected, string reason)
    {
        if (_pace.TryTake(out var untold))
        {
            logger.ProxyHeaderRefused(connection.RemoteEndPoint, expected.Endpoint, reason, untold);
        }

        connection.Abort();
    }

    private sealed record Expected(string Endpoint, PeerNetworks Networks, bool ServesOthers, TimeSpan Timeout);
}
