using System.Net.Quic;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Edge.Tls;

/// <summary>Reads the words of the settings about TLS. Throws an <see cref="InvalidSettingException"/> for one that is none.</summary>
internal static class TlsSettings
{
    /// <summary>Whether HTTP/3 can be spoken here; it needs the library libmsquic.</summary>
    public static bool HasQuic => (OperatingSystem.IsLinux() || OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()) && QuicListener.IsSupported;

    /// <summary>Null when nothing is said.</summary>
    public static HttpProtocols? Protocols(IConfigurationSection section, bool isHttps)
    {
        if (section.Value is not { Length: > 0 } text)
        {
            return null;
        }

        if (!Enum.TryParse<HttpProtocols>(text, ignoreCase: true, out var protocols) || !Enum.IsDefined(protocols) || protocols is HttpProtocols.None or HttpProtocols.Http3)
        {
            throw new InvalidSettingException(section.Path, $"'{text}' is no protocol; expected Http1, Http2, Http1AndHttp2, or with TLS Http1AndHttp2AndHttp3.");
        }

        if (protocols.HasFlag(HttpProtocols.Http3) && !isHttps)
        {
            throw new InvalidSettingException(section.Path, $"'{text}' needs TLS; expected an Url with https.");
        }

        if (protocols.HasFlag(HttpProtocols.Http3) && !HasQuic)
        {
            throw new InvalidSettingException(
                section.Path, $"'{text}' needs QUIC, which this machine does not have; expected the library libmsquic to be installed, or Http1AndHttp2.");
        }

        return protocols;
    }

    /// <summary>Null when nothing is said. Older versions than 1.2 are broken (RFC 8996) and are not spoken.</summary>
    public static SslProtocols? Versions(IConfigurationSection section)
    {
        var versions = SslProtocols.None;
        foreach (var item in section.GetChildren())
        {
            versions |= item.Value?.ToUpperInvariant() switch
            {
                "TLS12" => SslProtocols.Tls12,
                "TLS13" => SslProtocols.Tls13,
                _ => throw new InvalidSettingException(item.Path, $"'{item.Value}' is no version of TLS that is spoken here; expected Tls12 or Tls13."),
            };
        }

        return versions == SslProtocols.None ? null : versions;
    }

    /// <summary>Null when nothing is said.</summary>
    public static ClientCertificateMode? ClientCertificates(IConfigurationSection section) => section.Value?.ToUpperInvariant() switch
    {
        null or "" => null,
        "NOCERTIFICATE" => ClientCertificateMode.NoCertificate,
        "ALLOWCERTIFICATE" => ClientCertificateMode.AllowCertificate,
        "REQUIRECERTIFICATE" => ClientCertificateMode.RequireCertificate,
        _ => throw new InvalidSettingException(section.Path, $"'{section.Value}' cannot be read; expected NoCertificate, AllowCertificate or RequireCertificate."),
    };

    /// <summary>Null when nothing is said: what the platform takes for good.</summary>
    public static CipherSuites? CipherSuites(IReadOnlyList<string>? names)
    {
        const string Key = $"{TlsOptions.Section}:{nameof(TlsOptions.CipherSuites)}";
        if (names is null or [])
        {
            return null;
        }

        var suites = names.Select((name, index) => Enum.TryParse<TlsCipherSuite>(name, ignoreCase: true, out var suite) && Enum.IsDefined(suite) && !char.IsDigit(name[0])
            ? suite
            : throw new InvalidSettingException($"{Key}:{index}", $"'{name}' is no cipher suite; expected its IANA name, such as TLS_AES_128_GCM_SHA256.")).ToList();
        if (OperatingSystem.IsWindows())
        {
            throw new InvalidSettingException(Key, "cipher suites are the machine's own business on Windows; expected none.");
        }

        return new CipherSuites(suites, new CipherSuitesPolicy(suites));
    }

    /// <summary>What is offered for these protocols over TCP; null when nothing is said.</summary>
    public static List<SslApplicationProtocol>? Alpn(HttpProtocols? protocols) => protocols is not { } said
        ? null
        :
        [
            .. said.HasFlag(HttpProtocols.Http2) ? (SslApplicationProtocol[])[SslApplicationProtocol.Http2] : [],
            .. said.HasFlag(HttpProtocols.Http1) ? (SslApplicationProtocol[])[SslApplicationProtocol.Http11] : [],
        ];
}
