using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using YarpWs.Platform.Settings;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Edge;

/// <summary>The listener of the admin port, none of whose requests runs in an event loop. Its connections carry a mark, because neither a Host header nor a port of 0 tells them apart.</summary>
internal sealed class AdminEndpoint
{
    /// <summary>The keys under which the gateway's own addresses stand, for the line that says that one cannot be used.</summary>
    public const string Listeners = "Kestrel:Endpoints or Admin:Url";

    private readonly ListenUrl _url;
    private ListenOptions? _listening;

    public AdminEndpoint(IOptions<AdminOptions> options)
    {
        const string Key = $"{AdminOptions.Section}:{nameof(AdminOptions.Url)}";
        _url = ListenUrl.Parse(Key, options.Value.Url);
        if (_url.IsHttps)
        {
            throw new InvalidSettingException(Key, $"'{_url.Text}' asks for TLS, which the admin port does not speak; expected http://ADDRESS:PORT.");
        }

        if (!_url.IsTcp)
        {
            throw new InvalidSettingException(Key, $"'{_url.Text}' is no address of TCP, which the admin port needs; expected http://ADDRESS:PORT.");
        }

        if (!_url.IsLoopback && !options.Value.AllowRemote)
        {
            throw new InvalidSettingException(
                Key, $"'{_url.Text}' can be reached from other machines and asks for no login; expected a loopback address, or Admin:AllowRemote true.");
        }
    }

    /// <summary>Where the port answers; null until the gateway listens.</summary>
    public Uri? Address => _listening?.IPEndPoint is { Port: > 0 } bound ? new Uri($"http://{bound}") : null;

    public void Listen(KestrelServerOptions kestrel) => kestrel.Listen(new PooledEndPoint(_url.Address, _url.Port), listen =>
    {
        _listening = listen;
        listen.Protocols = HttpProtocols.Http1;
        ServerOutput.Watch(listen);
        listen.Use(next => connection =>
        {
            connection.Features.Set(AdminConnection.Mark);
            return next(connection);
        });
    });
}

/// <summary>The mark that the admin listener sets on its connections.</summary>
internal sealed class AdminConnection
{
    public static readonly AdminConnection Mark = new();

    private AdminConnection()
    {
    }

    public static bool Carries(HttpContext context) => context.Features.Get<AdminConnection>() is not null;
}

/// <summary>The operator's port: health, metrics, live sockets. Section <c>Admin</c>.</summary>
internal sealed record AdminOptions
{
    public const string Section = "Admin";

    /// <summary>Where it listens: <c>http://ADDRESS:PORT</c>, port 0 for any free one. Default <c>http://127.0.0.1:9900</c>.</summary>
    public string Url { get; init; } = "http://127.0.0.1:9900";

    /// <summary>
    /// Whether <see cref="Url"/> may be an address that other machines reach, and the port be asked by a name instead of an address. The port
    /// asks for no login. Default false.
    /// </summary>
    public bool AllowRemote { get; init; }
}
