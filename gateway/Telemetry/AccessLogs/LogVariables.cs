using System.Collections.Frozen;
using System.Globalization;
using Microsoft.AspNetCore.Connections.Features;
using Yarp.ReverseProxy.Model;
using YarpWs.Gateway.Requests;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Telemetry.AccessLogs;

/// <summary>
/// The values that a log may name: those of a request by nginx's names (<see cref="RequestVariables"/>), and what is known once there is an answer. None holds what lets
/// its holder in: secrets in addresses are hidden, and headers and cookies that are secrets cannot be named.
/// </summary>
internal static class LogVariables
{
    private const string RequestHeader = "http_";
    private const string ResponseHeader = "sent_http_";
    private const string Argument = "arg_";
    private const string Cookie = "cookie_";

    /// <summary>Headers by which clients say who they are, beside those whose names say so.</summary>
    private static readonly string[] SecretHeaders = ["cookie", "set_cookie", "cookie2", "authorization", "proxy_authorization", "sec_websocket_protocol", "authentication_info", "x_client_cert"];

    private static readonly FrozenDictionary<string, LogVariable> ByName = new Dictionary<string, LogVariable>
    {
        ["remote_user"] = LogVariable.OfRequest(UserOf),
        ["request"] = LogVariable.OfRequest(context => $"{context.Request.Method} {TargetOf(context)} {ProtocolOf(context)}"),
        ["request_uri"] = LogVariable.OfRequest(TargetOf),
        ["args"] = LogVariable.OfRequest(ArgumentsOf),
        ["query_string"] = LogVariable.OfRequest(ArgumentsOf),
        ["server_protocol"] = LogVariable.OfRequest(ProtocolOf),
        ["http_referer"] = LogVariable.OfRequest(context => SecretArguments.HideIn(HeaderOf(context.Request.Headers, "referer"))),

        // The gateway has added to that one, as it is passed on, by the time that a line is written.
        ["http_x_forwarded_for"] = LogVariable.OfRequest(context => string.Join(", ", (context.Features.Get<Client>()?.SentChain ?? context.Request.Headers["X-Forwarded-For"]).ToArray())),
        ["sent_http_location"] = LogVariable.OfRequest(context => SecretArguments.HideIn(HeaderOf(context.Response.Headers, "location"))),
        ["content_length"] = LogVariable.OfRequest(context => Text(context.Request.ContentLength), isNumber: true),
        ["content_type"] = LogVariable.OfRequest(context => context.Request.ContentType ?? ""),
        ["remote_port"] = LogVariable.OfRequest(context => Text(context.Connection.RemotePort), isNumber: true),
        ["server_addr"] = LogVariable.OfRequest(context => context.Connection.LocalIpAddress?.ToString() ?? ""),
        ["server_port"] = LogVariable.OfRequest(context => Text(context.Connection.LocalPort), isNumber: true),
        ["realip_remote_addr"] = LogVariable.OfRequest(context => (context.Features.Get<ProxyPeer>() is { } peer ? peer.Address : context.Connection.RemoteIpAddress)?.ToString() ?? "unix:"),
        ["proxy_protocol_addr"] = LogVariable.OfRequest(context => context.Features.Get<ProxyPeer>() is null ? "" : context.Connection.RemoteIpAddress?.ToString() ?? ""),
        ["connection"] = LogVariable.OfRequest(context => context.Connection.Id),
        ["hostname"] = LogVariable.OfRequest(_ => Environment.MachineName),
        ["ssl_protocol"] = LogVariable.OfRequest(context => context.Features.Get<ITlsHandshakeFeature>()?.Protocol switch
        {
            System.Security.Authentication.SslProtocols.Tls12 => "TLSv1.2",
            System.Security.Authentication.SslProtocols.Tls13 => "TLSv1.3",
            _ => "",
        }),
        ["ssl_cipher"] = LogVariable.OfRequest(context => context.Features.Get<ITlsHandshakeFeature>()?.NegotiatedCipherSuite?.ToString() ?? ""),
        ["ssl_server_name"] = LogVariable.OfRequest(context => context.Features.Get<ITlsHandshakeFeature>()?.HostName ?? ""),
        ["route"] = LogVariable.OfRequest(context => context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>()?.Config.RouteId ?? ""),
        ["cluster"] = LogVariable.OfRequest(context => context.Features.Get<IReverseProxyFeature>()?.Route.Config.ClusterId ?? ""),
        ["destination"] = LogVariable.OfRequest(context => DestinationOf(context)?.DestinationId ?? ""),
        ["upstream_addr"] = LogVariable.OfRequest(AddressOf),
        ["upstream_status"] = LogVariable.OfRequest(
            context => DestinationOf(context) is not null && context.GetForwarderErrorFeature() is null ? Text(context.Response.StatusCode) : "", isNumber: true),
        ["upstream_response_time"] = LogVariable.OfRequest(context => UpstreamTimes.Of(context) is { } times ? Seconds(times.Whole) : "", isNumber: true),
        ["upstream_header_time"] = LogVariable.OfRequest(context => UpstreamTimes.Of(context)?.ToHead is { } time ? Seconds(time) : "", isNumber: true),
        ["trace_id"] = LogVariable.OfRequest(_ => System.Diagnostics.Activity.Current?.TraceId.ToHexString() ?? ""),
        ["refused"] = LogVariable.OfRequest(context => Refusal.WordsOf(context) ?? ""),

        ["status"] = LogVariable.OfEnd(end => Text(end.Status), isNumber: true),
        ["body_bytes_sent"] = LogVariable.OfEnd(end => Text(end.BytesSent), isNumber: true),
        ["bytes_received"] = LogVariable.OfEnd(end => Text(end.BytesReceived), isNumber: true),
        ["request_time"] = LogVariable.OfEnd(end => Seconds(end.Duration), isNumber: true),
        ["request_completion"] = LogVariable.OfEnd(end => end.IsComplete ? "OK" : ""),
        ["time_local"] = LogVariable.OfEnd(end => string.Create(CultureInfo.InvariantCulture, $"{end.At:dd/MMM/yyyy:HH:mm:ss} {OffsetOf(end.At)}")),
        ["time_iso8601"] = LogVariable.OfEnd(end => end.At.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture)),
        ["msec"] = LogVariable.OfEnd(end => (end.At.ToUnixTimeMilliseconds() / 1000.0).ToString("F3", CultureInfo.InvariantCulture), isNumber: true),
        ["socket_code"] = LogVariable.OfEnd(end => Text(end.Socket?.CloseCode), isNumber: true),
        ["socket_closer"] = LogVariable.OfEnd(end => end.Socket?.Closer ?? ""),
        ["messages_received"] = LogVariable.OfEnd(end => Text(end.Socket?.MessagesReceived), isNumber: true),
        ["messages_sent"] = LogVariable.OfEnd(end => Text(end.Socket?.MessagesSent), isNumber: true),
    }.ToFrozenDictionary();

    public static IEnumerable<string> Names => ByName.Keys.Concat(RequestVariables.Names).Append(ResponseHeader + "NAME").Where(name => !name.StartsWith(Cookie, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal);

    /// <exception cref="FormatException">There is none of this name, or it would be a secret.</exception>
    public static LogVariable Find(string name)
    {
        if (ByName.TryGetValue(name, out var known))
        {
            return known;
        }

        if (IsSecret(name))
        {
            throw new FormatException($"'${name}' may let whoever reads the log in as somebody else; leave it out.");
        }

        if (name.StartsWith(ResponseHeader, StringComparison.Ordinal) && name.Length > ResponseHeader.Length)
        {
            var header = name[ResponseHeader.Length..].Replace('_', '-');
            return LogVariable.OfRequest(context => HeaderOf(context.Response.Headers, header));
        }

        return RequestVariables.Find(name) is { } value
            ? LogVariable.OfRequest(value)
            : throw new FormatException($"no variable '${name}'; expected one of {string.Join(", ", Names.Select(one => "$" + one))}, or $$ for a dollar.");
    }

    private static bool IsSecret(string name)
    {
        foreach (var prefix in (string[])[RequestHeader, ResponseHeader])
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return SecretHeaders.Contains(name[prefix.Length..]) || SecretArguments.IsSecret(name[prefix.Length..]);
            }
        }

        return name.StartsWith(Cookie, StringComparison.Ordinal) || (name.StartsWith(Argument, StringComparison.Ordinal) && SecretArguments.IsSecret(name[Argument.Length..]));
    }

    private static string UserOf(HttpContext context) => context.User.FindFirst("sub")?.Value ?? context.Features.Get<RemoteUser>()?.Name ?? "";

    private static DestinationState? DestinationOf(HttpContext context) => context.Features.Get<IReverseProxyFeature>()?.ProxiedDestination;

    private static string AddressOf(HttpContext context) => DestinationOf(context)?.Model.Config.Address is { } address && Uri.TryCreate(address, UriKind.Absolute, out var uri)
        ? UnixHost.PathOf(uri.Host) is { } path ? $"unix:{path}" : uri.Authority
        : "";

    private static string TargetOf(HttpContext context) => SecretArguments.HideIn(InternalRedirect.TargetOf(context));

    private static string ArgumentsOf(HttpContext context)
    {
        var target = InternalRedirect.TargetOf(context);
        var question = target.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? "" : SecretArguments.HideInQuery(target.AsSpan(question + 1));
    }

    /// <summary>As nginx says it: the platform has no second digit for the newer ones.</summary>
    private static string ProtocolOf(HttpContext context) => context.Request.Protocol is { Length: 6 } newer ? $"{newer}.0" : context.Request.Protocol;

    private static string HeaderOf(IHeaderDictionary headers, string name) => string.Join(", ", headers[name].ToArray());

    private static string OffsetOf(DateTimeOffset time) => time.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
