using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Edge.Tls;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Settings;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Edge;

/// <summary>The public listeners of <c>Kestrel:Endpoints</c>, the admin listener, and the limits of both.</summary>
internal sealed class Listeners(
    IConfiguration configuration,
    IOptions<EdgeOptions> options,
    IOptions<BodyOptions> bodies,
    AdminEndpoint admin,
    TlsEndpoints tls,
    ProxyProtocol proxies,
    UnixListener files,
    ActivatedSockets activated,
    TimeProvider time,
    StopState state,
    ClientConnections connections)
    : IConfigureOptions<KestrelServerOptions>
{
    private static readonly DigitsOnly ContentLength = new();

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = options.Value.MaxConnections;
        kestrel.Limits.MaxRequestBodySize = options.Value.MaxRequestBodyBytes;
        kestrel.Limits.MinResponseDataRate = BodyOptions.SendRate(bodies.Value.SendTimeout);
        kestrel.Limits.MaxRequestLineSize = options.Value.MaxRequestLineBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = options.Value.MaxRequestHeadersBytes;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = options.Value.MaxRequestHeadersBytes;
        Http2Windows.Apply(kestrel.Limits.Http2, options.Value.Http2Streams, options.Value.Http2StreamWindowBytes);
        kestrel.Limits.MaxRequestHeaderCount = options.Value.MaxRequestHeaders;
        kestrel.Limits.RequestHeadersTimeout = options.Value.RequestHeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = options.Value.KeepAliveTimeout;

        // What a header holds beyond ASCII is opaque, and of two hosts the target's counts (RFC 9112, section 3.2.2).
        kestrel.RequestHeaderEncodingSelector = name => name == HeaderNames.ContentLength ? ContentLength : HeaderText.Encoding;
        kestrel.ResponseHeaderEncodingSelector = _ => HeaderText.Encoding;
        kestrel.AllowHostHeaderOverride = true;

        // Defaults hold for what is configured after them: not for the admin port, which answers until the end.
        admin.Listen(kestrel);
        var proxied = configuration.GetSection("Kestrel:Endpoints").GetChildren()
            .Where(endpoint => ProxyProtocol.Read(endpoint) is not null)
            .ToDictionary(endpoint => endpoint.Key, StringComparer.OrdinalIgnoreCase);
        kestrel.ConfigureEndpointDefaults(listener =>
        {
            StoppingGate.Guard(listener, state, connections);
            if (proxied.Count > 0)
            {
                proxies.Guard(listener);
            }

            Http2Sockets.Watch(listener, time, isBehindTls: false);
        });
        var loader = kestrel.Configure(WithSockets().GetSection("Kestrel"), reloadOnChange: false);
        var withTls = tls.Apply(loader, Expect);
        foreach (var name in proxied.Keys.Except(withTls, StringComparer.OrdinalIgnoreCase))
        {
            loader.Endpoint(name, listener => Expect(name, listener.ListenOptions));
        }

        void Expect(string name, ListenOptions listener)
        {
            if (proxied.GetValueOrDefault(name) is { } endpoint)
            {
                proxies.Expect(listener, endpoint);
            }
        }
    }

    /// <summary>The settings as Kestrel reads them: those who may connect to a Unix socket are told to who binds it, and what systemd listens on has an address that Kestrel knows.</summary>
    /// <exception cref="InvalidSettingException">systemd has passed on no socket of a name.</exception>
    private IConfiguration WithSockets()
    {
        var changed = new Dictionary<string, string?>();
        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            var url = ListenUrl.Parse($"{endpoint.Path}:Url", endpoint["Url"]);
            if (url.UnixPath is { } path && ModeOf(endpoint, url) is { } mode)
            {
                files.SetMode(path, mode);
            }

            if (url.ActivatedName is { } name)
            {
                if (!activated.Names.Contains(name))
                {
                    throw new InvalidSettingException(url.Key, $"systemd has passed on no socket '{name}' (FileDescriptorName= of a .socket unit); it has passed on {(activated.Names.Count == 0 ? "none" : string.Join(", ", activated.Names))}.");
                }

                changed[url.Key] = LoopTransport.AddressOf(url.IsHttps ? "https" : "http", name);
            }
        }

        return changed.Count == 0 ? configuration : new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection(changed).Build();
    }

    /// <summary>Null where nothing is said.</summary>
    private static UnixFileMode? ModeOf(IConfigurationSection endpoint, ListenUrl url)
    {
        const string Name = "SocketMode";
        if (endpoint[Name] is not { Length: > 0 } text)
        {
            return null;
        }

        if (url.UnixPath is null)
        {
            throw new InvalidSettingException($"{endpoint.Path}:{Name}", "this is for Unix sockets; expected an Url such as \"http://unix:/run/yarpws.sock\", or none of this.");
        }

        return text.Length is 3 or 4 && text.All(digit => digit is >= '0' and <= '7') && Convert.ToInt32(text, 8) is var mode and <= 0x1FF
            ? (UnixFileMode)mode
            : throw new InvalidSettingException($"{endpoint.Path}:{Name}", $"'{text}' is no mode of a file; expected one such as \"0660\".");
    }

    /// <summary>Refuses what Kestrel would misread, or report without naming the key.</summary>
    public static void Check(IConfiguration configuration, string directory)
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints");
        if (!endpoints.GetChildren().Any())
        {
            throw new InvalidSettingException(
                endpoints.Path, "no endpoint is configured; expected at least one, such as { \"Http\": { \"Url\": \"http://*:8080\" } }.");
        }

        foreach (var endpoint in endpoints.GetChildren())
        {
            var url = ListenUrl.Parse($"{endpoint.Path}:Url", endpoint["Url"]);
            ModeOf(endpoint, url);
            ProxyProtocol.Read(endpoint);
            TlsSettings.Protocols(endpoint.GetSection("Protocols"), url.IsHttps);
            CheckCertificate(endpoint.GetSection("Certificate"), directory);
        }

        foreach (var certificate in configuration.GetSection("Kestrel:Certificates").GetChildren())
        {
            CheckCertificate(certificate, directory);
        }
    }

    private static void CheckCertificate(IConfigurationSection certificate, string directory)
    {
        foreach (var name in (string[])["Path", "KeyPath"])
        {
            if (certificate[name] is { Length: > 0 } file && !File.Exists(Path.Combine(directory, file)))
            {
                throw new InvalidSettingException(
                    $"{certificate.Path}:{name}", $"'{file}' does not exist; expected a certificate or key file, relative to {directory}.");
            }
        }
    }
}
