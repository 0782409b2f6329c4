using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Settings;

namespace YarpWs.Gateway.Admin;

/// <summary>The listener of the admin port. Its connections carry a mark, because neither a Host header nor a port of 0 tells them apart.</summary>
internal sealed class AdminEndpoint
{
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

        if (!_url.IsLoopback && !options.Value.AllowRemote)
        {
            throw new InvalidSettingException(
                Key, $"'{_url.Text}' can be reached from other machines and asks for no login; expected a loopback address, or Admin:AllowRemote true.");
        }
    }

    /// <summary>Where the port answers; null until the gateway listens.</summary>
    public Uri? Address => _listening?.IPEndPoint is { Port: > 0 } bound ? new Uri($"http://{bound}") : null;

    public void Listen(KestrelServerOptions kestrel) => kestrel.Listen(_url.Address, _url.Port, listen =>
    {
        _listening = listen;
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => connection =>
        {
            connection.Features.Set(AdminConnection.Mark);
            return next(connection);
        });
    });
}
