using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using YarpWs.Gateway.Requests;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>
/// A request as its destination gets it, in a buffer of the shared pool until it is disposed of: its head (RFC 9112, sections 3 and 5), and its body where that is a
/// <see cref="SmallBody"/>.
/// </summary>
internal sealed class OutgoingRequest : IDisposable
{
    /// <summary>Of most heads; others grow.</summary>
    private const int InitialBytes = 1024;

    /// <summary>What is meant for one hop alone, in the same words as the proxy's forwarder has.</summary>
    private static readonly FrozenSet<string> OfOneHop = FrozenSet.ToFrozenSet(
        [
            HeaderNames.Connection, HeaderNames.TransferEncoding, HeaderNames.KeepAlive, HeaderNames.Upgrade, HeaderNames.ProxyConnection, HeaderNames.ProxyAuthenticate,
            "Proxy-Authentication-Info", HeaderNames.ProxyAuthorization, "Proxy-Features", "Proxy-Instruction", "Security-Scheme", "ALPN", "Close", "HTTP2-Settings",
            HeaderNames.UpgradeInsecureRequests, HeaderNames.TE, HeaderNames.AltSvc,
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>That, and what is said here in other words, or not at all.</summary>
    private static readonly FrozenSet<string> NotCopied =
        FrozenSet.ToFrozenSet([.. OfOneHop, HeaderNames.Host, HeaderNames.ContentLength, HeaderNames.Expect], StringComparer.OrdinalIgnoreCase);

    /// <summary>What a value may hold (RFC 9110, section 5.5), bytes beyond ASCII included.</summary>
    private static readonly SearchValues<char> ValueChars = SearchValues.Create([.. Enumerable.Range(0, 256).Where(value => value is '\t' or >= ' ' and <= '~' or >= 0x80).Select(value => (char)value)]);

    private readonly SmallBody? _body;
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int _length;
    private bool _isBeyondHere;

    private OutgoingRequest(string method, SmallBody? body)
    {
        _body = body;
        IsHead = HttpMethods.IsHead(method);
        MayBeAskedTwice = body is null && IsIdempotent(method);
    }

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Whether its answer has no body.</summary>
    public bool IsHead { get; }

    /// <summary>Whether it has a body.</summary>
    public bool HasBody => _body is not null;

    /// <summary>Whether it can be sent again when nothing of an answer has come (RFC 9110, section 9.2.2). One with a body is sent once.</summary>
    public bool MayBeAskedTwice { get; }

    /// <summary>Whether a route may give destinations a header of this name here.</summary>
    public static bool MayBeSet(string name) => !NotCopied.Contains(name) || name.Equals(HeaderNames.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a header of this name is meant for one hop alone, so that it is not passed on in answers either.</summary>
    public static bool IsOfOneHop(string name) => OfOneHop.Contains(name);

    /// <summary>Null for what the platform's client decides: a target or a value of control characters or beyond Latin-1, a name that is none, two words for the host.</summary>
    public static OutgoingRequest? Write(HttpContext context, CarriedRoute route, PlainDestination destination)
    {
        var request = new OutgoingRequest(context.Request.Method, SmallBody.Of(context));
        if (request.TryWrite(context, route, destination))
        {
            return request;
        }

        request.Dispose();
        return null;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private bool TryWrite(HttpContext context, CarriedRoute route, PlainDestination destination)
    {
        var request = context.Request;
        var headers = request.Headers;
        var (path, query) = route.TargetOf(context, destination.Address);
        if (path.AsSpan().ContainsAnyExceptInRange('!', '~') || query.AsSpan().ContainsAnyExceptInRange('!', '~') || HostOf(context, route, destination) is not { } host)
        {
            return false;
        }

        Add(request.Method);
        Add(" ");
        Add(destination.BasePath);
        Add(path);
        Add(query);
        Add(" HTTP/1.1\r\n");
        AddLine(HeaderNames.Host, host);
        var isTold = TraceContext.Tell(this, static (outgoing, name, value) => ((OutgoingRequest)outgoing!).AddLine(name, value));
        foreach (var (name, values) in headers)
        {
            // One whose values were all taken out, as tokens are, still stands there without any.
            if (values.Count > 0 && !NotCopied.Contains(name) && name[0] != ':' && !(isTold && TraceContext.IsToldIn(name)) && !IsSet(route, name))
            {
                AddLine(name, values);
            }
        }

        foreach (var header in route.Headers)
        {
            if (!header.Name.Equals(HeaderNames.Host, StringComparison.OrdinalIgnoreCase) && header.Text.Of(context) is { Length: > 0 } value)
            {
                AddLine(header.Name, value);
            }
        }

        // The one value that stands for the whole way, over HTTP/2 (RFC 9113, section 8.2.2).
        if (headers.TE.Count > 0 && !request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal)
            && Array.Find(headers.GetCommaSeparatedValues(HeaderNames.TE), value => value.Equals("trailers", StringComparison.OrdinalIgnoreCase)) is { } trailers)
        {
            AddLine(HeaderNames.TE, trailers);
        }

        AddEnd(headers.ContentLength is not null || SaysLength(request.Method));
        return !_isBeyondHere;
    }

    /// <summary>What stands for the body in the head, the end of that, and the body.</summary>
    private void AddEnd(bool saysLength)
    {
        if (_body is { Bytes: var body })
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n"));
            MakeRoom(body.Length);
            body.CopyTo(_bytes.AsMemory(_length));
            _length += body.Length;
        }
        else
        {
            Add(saysLength ? "Content-Length: 0\r\n\r\n" : "\r\n");
        }
    }

    private static bool IsIdempotent(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method) || HttpMethods.IsTrace(method);

    /// <summary>Whether a request of this method says that it has no body, as those do that could have one.</summary>
    private static bool SaysLength(string method) => !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method) && !HttpMethods.IsDelete(method);

    /// <summary>Null where the client has sent none that can be told.</summary>
    private static string? HostOf(HttpContext context, CarriedRoute route, PlainDestination destination)
    {
        foreach (var header in route.Headers)
        {
            if (header.Name.Equals(HeaderNames.Host, StringComparison.OrdinalIgnoreCase))
            {
                return header.Text.Of(context) is { Length: > 0 } set ? set : destination.Authority;
            }
        }

        return route.IsHostKept
            ? context.Request.Headers.Host switch
            {
                [] => destination.Authority,
                [{ Length: > 0 } sent] => sent,
                _ => null,
            }
            : context.GetReverseProxyFeature().ProxiedDestination?.Model.Config.Host is { Length: > 0 } configured ? configured : destination.Authority;
    }

    private static bool IsSet(CarriedRoute route, string name)
    {
        foreach (var header in route.Headers)
        {
            if (header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private void AddLine(string name, StringValues values)
    {
        if (name.AsSpan().ContainsAnyExcept(FieldLine.NameChars))
        {
            _isBeyondHere = true;
            return;
        }

        Add(name);
        Add(": ");
        for (var index = 0; index < values.Count; index++)
        {
            if (index > 0)
            {
                Add(SeparatorOf(name));
            }

            var value = values[index];
            _isBeyondHere |= value.AsSpan().ContainsAnyExceptInRange(' ', '~') && value.AsSpan().ContainsAnyExcept(ValueChars);
            Add(value);
        }

        Add("\r\n");
    }

    /// <summary>As the platform's client joins several lines of one name.</summary>
    private static string SeparatorOf(string name) => name.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase) ? "; "
        : name.Equals(HeaderNames.UserAgent, StringComparison.OrdinalIgnoreCase) ? " "
        : ", ";

    private void Add(string? text)
    {
        if (text is not null)
        {
            MakeRoom(text.Length);
            _length += HeaderText.Encoding.GetBytes(text, _bytes.AsSpan(_length));
        }
    }

    private void MakeRoom(int bytes)
    {
        if (bytes > _bytes.Length - _length)
        {
            var roomier = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + bytes));
            Bytes.CopyTo(roomier);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = roomier;
        }
    }
}
