using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Errors;

/// <summary>
/// Gives the answers to HTTP/1.1 requests that cannot be read a body, and a line in the log. Kestrel gives them by itself, before any code of the application, as a status alone; it tells of each by a diagnostic event
/// before it writes. It is Kestrel's <see cref="DiagnosticSource"/>, so that the platform's other events cost nothing.
/// </summary>
internal sealed partial class UnreadableRequests(ILogger<UnreadableRequests> logger) : DiagnosticSource
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private static readonly byte[] Begin = "HTTP/1.1 "u8.ToArray();
    private static readonly byte[] NoBody = "Content-Length: 0\r\n"u8.ToArray();
    private static readonly byte[] End = "\r\n\r\n"u8.ToArray();

    /// <summary>How Kestrel's sentences begin; of two with the same beginning the longer one stands first.</summary>
    private static readonly string[] Faults =
    [
        "Invalid characters in header name", "Invalid content length", "Invalid Host header", "Invalid request headers: missing final CRLF in header fields", "Invalid request header",
        "Invalid request line", "Invalid request target", "Malformed request: invalid headers", "Method not allowed", "Multiple Content-Length headers", "Multiple Host headers",
        "Reading the request headers timed out", "Request contains too many headers", "Request headers too long", "Request is missing Host header", "Request line too long",
        "Unrecognized HTTP version",
    ];

    public static void Add(IServiceCollection services) => services.AddSingleton<DiagnosticSource, UnreadableRequests>();

    public override bool IsEnabled(string name) => name == BadRequest;

    /// <summary>On the thread that serves the connection.</summary>
    [RequiresUnreferencedCode("The event is an interface of the platform's, which stays.")]
    public override void Write(string name, object? value)
    {
        if (name != BadRequest
            || value is not IFeatureCollection request
            || request.Get<IBadRequestExceptionFeature>()?.Error is not BadHttpRequestException error
            || request.Get<IHttp2StreamIdFeature>() is not null
            || request.Get<IHttpResponseFeature>() is not { HasStarted: false }
            || request.Get<IHttpRequestFeature>() is not { } head)
        {
            return;
        }

        RequestUnreadable(request.Get<IHttpConnectionFeature>()?.RemoteIpAddress, error.StatusCode, FaultIn(error));
        if (!HttpMethods.IsHead(head.Method) && ServerOutput.Of(request) is { } output)
        {
            output.ChangeNext(answer => WithBody(answer, head.Headers, error));
        }
    }

    /// <summary>The head of an answer without a body, with one; anything else as it is.</summary>
    private static ReadOnlyMemory<byte> WithBody(ReadOnlyMemory<byte> answer, IHeaderDictionary request, BadHttpRequestException error)
    {
        var place = answer.Span.IndexOf(NoBody);
        if (!answer.Span.StartsWith(Begin) || !answer.Span.EndsWith(End) || place < 0)
        {
            return answer;
        }

        var (headers, body) = ErrorBody.Make(request, error.StatusCode, SentenceOf(error));
        var lines = Encoding.ASCII.GetBytes(string.Concat(headers.Select(header => $"{header.Name}: {header.Value}\r\n")));
        return (byte[])[.. answer.Span[..place], .. lines, .. answer.Span[(place + NoBody.Length)..], .. body];
    }

    private static string SentenceOf(BadHttpRequestException error) => error.StatusCode switch
    {
        StatusCodes.Status405MethodNotAllowed => "The method and the target of the request do not belong together: * is for OPTIONS, HOST:PORT for CONNECT.",
        StatusCodes.Status408RequestTimeout => "The request took too long to arrive.",
        StatusCodes.Status414UriTooLong => "The first line of the request, with its address, is longer than this server takes.",
        StatusCodes.Status431RequestHeaderFieldsTooLarge => "The headers of the request are longer, or more, than this server takes. Cookies are headers too: fewer or shorter ones may do.",
        StatusCodes.Status505HttpVersionNotsupported => "The first line of the request does not end with HTTP/1.0 or HTTP/1.1.",
        _ => $"The request cannot be read: {FaultIn(error)}.",
    };

    /// <summary>What Kestrel says, as far as it is known to be without anything of the request, which may be a secret.</summary>
    private static string FaultIn(BadHttpRequestException error)
    {
        if (error.Message.Contains("final transfer coding", StringComparison.Ordinal))
        {
            return "the final transfer coding is not chunked";
        }

        var fault = Array.Find(Faults, known => error.Message.StartsWith(known, StringComparison.Ordinal)) ?? "Malformed request";
        return char.ToLowerInvariant(fault[0]) + fault[1..];
    }

    [LoggerMessage(3310, LogLevel.Information, "A request of {Client} could not be read, and was answered {Status}: {Fault}.")]
    private partial void RequestUnreadable(IPAddress? client, int status, string fault);
}
