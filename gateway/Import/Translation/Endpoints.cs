using System.Globalization;
using YarpWs.Gateway.Import.Grammar;

namespace YarpWs.Gateway.Import.Translation;

/// <summary>Makes the endpoints of what servers listen on, with their certificates by name.</summary>
internal sealed class Endpoints(IReadOnlyList<ServerTranslation> servers, ImportReport report)
{
    public CommentedJson Translate()
    {
        var endpoints = new CommentedJson();
        foreach (var port in servers.SelectMany(server => server.Listens.Select(listen => (Server: server, Listen: listen))).GroupBy(one => one.Listen.Port))
        {
            var all = port.ToList();
            var isTls = all.Any(one => one.Listen.IsTls);
            var addresses = all.Select(one => one.Listen.Address).Distinct().ToList();
            addresses = addresses.Contains("*") ? ["*"] : addresses;
            foreach (var (index, address) in addresses.Index())
            {
                var endpoint = new CommentedJson().Set("Url", $"{(isTls ? "https" : "http")}://{address}:{port.Key.ToString(CultureInfo.InvariantCulture)}");
                if (isTls)
                {
                    AddTls(endpoint, [.. all.OrderByDescending(one => one.Listen.IsDefault).Select(one => one.Server).Distinct()]);
                }

                if (all.Any(one => one.Listen.IsProxied))
                {
                    endpoint.Set("ProxyProtocol", new CommentedJson().Set("Networks", NetworksOf([.. all.Select(one => one.Server)])).Set("ServeOthers", true));
                }

                var from = all.Select(one => one.Listen.Directive).OfType<Directive>().FirstOrDefault();
                endpoints.Set($"Port{port.Key}{(index == 0 ? "" : $"-{index + 1}")}", endpoint, from is null ? [] : [$"{Upstreams.Place(from)}: {from}"]);
            }
        }

        if (endpoints.IsEmpty)
        {
            endpoints.Set("Port80", new CommentedJson().Set("Url", "http://*:80"), "There is no server that listens on a port.");
        }

        return endpoints;
    }

    /// <summary>Those that servers of the port believe.</summary>
    private static List<object> NetworksOf(IReadOnlyList<ServerTranslation> servers)
    {
        List<object> named = [.. servers.SelectMany(server => TrustedProxies.OfEndpoint(server.Scope)).Distinct()];
        return named.Count > 0 ? named : [.. TrustedProxies.Private];
    }

    private void AddTls(CommentedJson endpoint, IReadOnlyList<ServerTranslation> ofPort)
    {
        var names = new CommentedJson();
        CommentedJson? first = null;
        foreach (var server in ofPort)
        {
            if (server.Scope.Find("ssl_certificate") is not { } certificate || certificate.Argument.Contains('$', StringComparison.Ordinal))
            {
                continue;
            }

            var json = new CommentedJson().Set("Path", server.PathOf(certificate.Argument));
            report.Say(certificate, ImportOutcome.Kept, "A certificate of the endpoint.");
            if (server.Scope.Find("ssl_certificate_key") is { } key)
            {
                json.Set("KeyPath", server.PathOf(key.Argument));
                report.Say(key, ImportOutcome.Kept, "Its key.");
            }

            if (first is null)
            {
                endpoint.Set("Certificate", first = json);
            }
            else if (json.ToString() != first.ToString())
            {
                foreach (var name in server.Names.Where(name => name is not "_" && name is not ['~', ..] and not [.., '*']))
                {
                    foreach (var host in name.StartsWith('.') ? [name[1..], $"*{name}"] : (string[])[name])
                    {
                        names.Set(host, new CommentedJson().Set("Certificate", json));
                    }
                }
            }
        }

        if (!names.IsEmpty)
        {
            endpoint.Set("Sni", names);
        }

        foreach (var server in ofPort)
        {
            AddProtocols(endpoint, server);
            AddClientCertificates(endpoint, server);
        }
    }

    private void AddProtocols(CommentedJson endpoint, ServerTranslation server)
    {
        if (server.Scope.Find("ssl_protocols") is not { } protocols)
        {
            return;
        }

        List<object> kept = [];
        if (protocols.Arguments.Contains("TLSv1.2"))
        {
            kept.Add("Tls12");
        }

        if (protocols.Arguments.Contains("TLSv1.3"))
        {
            kept.Add("Tls13");
        }

        var isAll = protocols.Arguments.All(argument => argument is "TLSv1.2" or "TLSv1.3");
        report.Say(protocols, isAll ? ImportOutcome.Kept : ImportOutcome.Changed, isAll ? "SslProtocols of the endpoint." : "SslProtocols of the endpoint: versions before TLS 1.2 are spoken no more (RFC 8996).");
        if (kept.Count > 0)
        {
            endpoint.Set("SslProtocols", kept);
        }
    }

    private void AddClientCertificates(CommentedJson endpoint, ServerTranslation server)
    {
        if (server.Scope.Find("ssl_verify_client") is not { Argument: not "off" } verify)
        {
            return;
        }

        var authorities = server.Scope.Find("ssl_client_certificate");
        endpoint.Set("ClientCertificateMode", verify.Argument == "on" ? "RequireCertificate" : "AllowCertificate");
        if (authorities is not null)
        {
            endpoint.Set("ClientCertificateAuthorities", server.PathOf(authorities.Argument));
            report.Say(authorities, ImportOutcome.Kept, "ClientCertificateAuthorities of the endpoint.");
        }

        report.Say(verify, verify.Argument == "optional_no_ca" ? ImportOutcome.Unsupported : ImportOutcome.Changed, "ClientCertificateMode of the endpoint, which holds for all names on it; without one the connection is refused, and not the request.");
    }
}
