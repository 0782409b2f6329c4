using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using YarpWs.Platform.Settings;
using YarpWs.Platform.Transport;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>
/// The https endpoints of <c>Kestrel:Endpoints</c> and the files that they live on. Kestrel reads a certificate once; so the endpoints are
/// its own in all but their TLS. To make it reads the files, and throws an <see cref="InvalidSettingException"/> for what cannot be used.
/// </summary>
internal sealed class TlsEndpoints
{
    private const string Root = "Kestrel";

    private readonly Dictionary<(string Path, string? KeyPath, string? Password), CertificateFile> _certificates = [];
    private readonly Dictionary<string, AuthorityFile> _authorities = [];
    private readonly List<TlsEndpoint> _endpoints = [];
    private readonly HandshakeRefusals _refusals;
    private readonly IConfigurationSection _kestrel;
    private readonly string _directory;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _now;

    public TlsEndpoints(IConfiguration configuration, IHostEnvironment environment, IOptions<TlsOptions> options, HandshakeRefusals refusals, TimeProvider time)
    {
        _kestrel = configuration.GetSection(Root);
        _directory = environment.ContentRootPath;
        _refusals = refusals;
        _time = time;
        _now = time.GetUtcNow();
        var suites = TlsSettings.CipherSuites(options.Value.CipherSuites);
        foreach (var endpoint in _kestrel.GetSection("Endpoints").GetChildren())
        {
            if (!ListenUrl.Parse($"{endpoint.Path}:Url", endpoint["Url"]).IsHttps)
            {
                RefuseTlsOf(endpoint);
                continue;
            }

            var mode = TlsSettings.ClientCertificates(endpoint.GetSection("ClientCertificateMode"))
                ?? TlsSettings.ClientCertificates(_kestrel.GetSection("EndpointDefaults:ClientCertificateMode"))
                ?? ClientCertificateMode.NoCertificate;
            var own = Certificate(endpoint.GetSection("Certificate")) ?? Certificate(_kestrel.GetSection("Certificates:Default"));
            var versions = TlsSettings.Versions(endpoint.GetSection("SslProtocols"))
                ?? TlsSettings.Versions(_kestrel.GetSection("EndpointDefaults:SslProtocols"))
                ?? SslProtocols.Tls12 | SslProtocols.Tls13;
            var sni = endpoint.GetSection("Sni").GetChildren().ToDictionary(name => name.Key, name => Terms(name, own, versions), StringComparer.OrdinalIgnoreCase);
            if (own is null && sni.Count == 0)
            {
                throw new InvalidSettingException(
                    $"{endpoint.Path}:Certificate", "an https endpoint without a certificate; expected { \"Path\": …, \"KeyPath\": … }, or Sni with one for each name.");
            }

            var offered = new TlsEndpoint(endpoint.Key, own is null ? null : new TlsTerms(own, versions, null), sni)
            {
                ClientCertificates = mode,
                Authorities = Authorities(endpoint, mode),
                CipherSuites = suites,
                Refusals = refusals,
            };
            foreach (var terms in offered.Terms)
            {
                Try(offered, terms, endpoint.Path);
            }

            _endpoints.Add(offered);
        }
    }

    public bool Any => _endpoints.Count > 0;

    /// <summary>Whether any of them asks clients for certificates.</summary>
    public bool AskForCertificates => _authorities.Count > 0;

    /// <summary>The server certificates in the order of their settings, each once.</summary>
    public IReadOnlyCollection<CertificateFile> Certificates => _certificates.Values;

    /// <summary>The files of those who vouch for clients, each once.</summary>
    public IReadOnlyCollection<AuthorityFile> AuthorityFiles => _authorities.Values;

    public IEnumerable<TlsFile> Files => [.. _certificates.Values, .. _authorities.Values];

    /// <summary>Gives the endpoints that Kestrel reads from its section their TLS.</summary>
    /// <param name="loader">Kestrel's, which knows one thing to do with an endpoint.</param>
    /// <param name="also">What else is done with each of them, by its name.</param>
    /// <returns>The names of those with TLS.</returns>
    public IReadOnlySet<string> Apply(KestrelConfigurationLoader loader, Action<string, ListenOptions> also)
    {
        foreach (var endpoint in _endpoints)
        {
            loader.Endpoint(endpoint.Name, listener =>
            {
                PlainRequests.Answering(listener.ListenOptions, endpoint.Name, _refusals);
                listener.ListenOptions.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = endpoint.OptionsAsync });
                TlsConnection.Watch(listener.ListenOptions, _time);
                Http2Sockets.Watch(listener.ListenOptions, _time, isBehindTls: true);
                also(endpoint.Name, listener.ListenOptions);
            });
        }

        return _endpoints.Select(endpoint => endpoint.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Shakes hands once with each certificate there is and with each that follows: what the suites leave nothing for is found before a client finds it.</summary>
    private static void Try(TlsEndpoint endpoint, TlsTerms terms, string path)
    {
        const string Suites = $"{TlsOptions.Section}:{nameof(TlsOptions.CipherSuites)}";
        if (endpoint.CipherSuites?.Among(terms.Versions) == SslProtocols.None)
        {
            throw new InvalidSettingException(Suites, $"none is of {terms.Versions}, which {path} speaks; expected some that are, or no list for the platform's own.");
        }

        if (endpoint.FaultOf(terms, terms.Certificate.Current) is { } fault)
        {
            throw new InvalidSettingException(
                endpoint.CipherSuites is null ? terms.Certificate.Key : Suites, $"no client could shake hands with {path} and '{terms.Certificate.Name}': {fault}.");
        }

        terms.Certificate.Try(certificate => endpoint.FaultOf(terms, certificate));
    }

    private TlsTerms Terms(IConfigurationSection name, CertificateFile? own, SslProtocols versions)
    {
        if (name.Key.LastIndexOf('*') is var star && (star > 0 || (star == 0 && name.Key.Length > 1 && name.Key[1] != '.')))
        {
            throw new InvalidSettingException(name.Path, $"'{name.Key}' is no host name; expected one such as chat.example.com, *.example.com or *.");
        }

        return new TlsTerms(
            Certificate(name.GetSection("Certificate")) ?? own ?? throw new InvalidSettingException(
                $"{name.Path}:Certificate", "neither this name nor its endpoint has a certificate; expected { \"Path\": …, \"KeyPath\": … }."),
            TlsSettings.Versions(name.GetSection("SslProtocols")) ?? versions,
            TlsSettings.Alpn(TlsSettings.Protocols(name.GetSection("Protocols"), isHttps: true)));
    }

    private CertificateFile? Certificate(IConfigurationSection section)
    {
        if (!section.GetChildren().Any())
        {
            return null;
        }

        if (section["Path"] is not { Length: > 0 } path)
        {
            throw new InvalidSettingException($"{section.Path}:Path", "no file is named; expected a certificate file, PEM or PKCS #12.");
        }

        var identity = (path, NullIfEmpty(section["KeyPath"]), NullIfEmpty(section["Password"]));
        if (!_certificates.TryGetValue(identity, out var certificate))
        {
            certificate = Read(new CertificateFile($"{section.Path}:Path", _directory, path, identity.Item2, identity.Item3));
            _certificates.Add(identity, certificate);
        }

        return certificate;
    }

    private AuthorityFile? Authorities(IConfigurationSection endpoint, ClientCertificateMode mode)
    {
        var section = endpoint.GetSection("ClientCertificateAuthorities");
        var path = NullIfEmpty(section.Value);
        if (path is null || mode == ClientCertificateMode.NoCertificate)
        {
            // All of the machine's authorities together vouch for everybody.
            return (path, mode) switch
            {
                (null, ClientCertificateMode.NoCertificate) => null,
                (null, _) => throw new InvalidSettingException(section.Path, $"clients are asked for certificates ({mode}), but nobody is named who vouches for them; expected a PEM file of authorities."),
                _ => throw new InvalidSettingException($"{endpoint.Path}:ClientCertificateMode", "authorities are named, but clients are not asked for certificates; expected AllowCertificate or RequireCertificate."),
            };
        }

        if (!_authorities.TryGetValue(path, out var authorities))
        {
            authorities = Read(new AuthorityFile(section.Path, _directory, path));
            _authorities.Add(path, authorities);
        }

        return authorities;
    }

    private TFile Read<TFile>(TFile file)
        where TFile : TlsFile
    {
        try
        {
            file.ReadFirst(_now);
            return file;
        }
        catch (TlsFileException exception)
        {
            throw new InvalidSettingException(file.Key, $"'{file.Name}' cannot be used: {exception.Message}");
        }
    }

    private static void RefuseTlsOf(IConfigurationSection endpoint)
    {
        foreach (var name in (string[])["Certificate", "Sni", "SslProtocols", "ClientCertificateMode", "ClientCertificateAuthorities"])
        {
            if (endpoint.GetSection(name).Exists())
            {
                throw new InvalidSettingException($"{endpoint.Path}:{name}", "this is for TLS, which the endpoint does not speak; expected an Url with https.");
            }
        }
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
