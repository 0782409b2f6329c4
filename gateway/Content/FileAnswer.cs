using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Microsoft.Win32.SafeHandles;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Content;

/// <summary>
/// The end of a route that answers with files: (1) the candidates are looked for, one after the other; (2) where none is there, the fallback; (3) a directory without its slash leads
/// to the one with it; (4) the file is sent from the handle that was opened, whatever becomes of its name meanwhile. Files are looked for, by <see cref="FileSearch"/>, and read on the pool.
/// </summary>
internal sealed class FileAnswer
{
    private readonly FilesOptions _options;
    private readonly FileSearch _search;
    private readonly InternalRedirects _redirects;
    private readonly Dictionary<string, string> _types;
    private readonly RequestText? _fallback;
    private readonly int _fallbackStatus;

    /// <param name="options">What the route says.</param>
    /// <param name="path">The pattern of the route's path; null when it takes all.</param>
    /// <param name="directory">What relative names begin at.</param>
    /// <param name="redirects">Who leads on to the fallback.</param>
    public FileAnswer(FilesOptions options, string? path, string directory, InternalRedirects redirects)
    {
        _options = options;
        _redirects = redirects;
        _search = new FileSearch(options, path, directory);
        _types = new(options.Types ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase);
        if (options.Fallback is ['=', .. var status])
        {
            _fallbackStatus = int.Parse(status, CultureInfo.InvariantCulture);
        }
        else
        {
            _fallback = RequestText.Parse(options.Fallback);
        }
    }

    public async Task WriteAsync(HttpContext context)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

        // A file is looked for where it may be asked for; with TryFiles the fallback may take any method.
        if (_options.TryFiles is null && !HttpMethods.IsPost(context.Request.Method) && !IsRead(context.Request))
        {
            await RefuseMethodAsync(context);
            return;
        }

        // 1
        var found = _search.Find(context);
        switch (found.Outcome)
        {
            case FileOutcome.Missing:
                // 2
                await FallBackAsync(context);
                break;
            case FileOutcome.Forbidden:
                await Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "This file is not for you to read.", RefusalReason.Policy);
                break;
            case FileOutcome.Exhausted:
                context.Response.Headers.RetryAfter = "1";
                await Refusal.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The gateway has too many files open.", RefusalReason.Limit);
                break;
            case FileOutcome.Directory:
                // 3
                LeadToSlash(context);
                break;
            case FileOutcome.Found when found.IsListed:
                await ListAsync(context, found.Name, _options.Listing!);
                break;
            default:
                if (found.Index.Length > 0 && context.Features.Get<MatchedLocation>() is not null)
                {
                    // Another location may be the index's, with headers of its own, as in nginx.
                    found.Handle?.Dispose();
                    await _redirects.RunAsync(context, $"{RouteValueText.PathOf(context)}{found.Index}{context.Request.QueryString.Value}", status: null);
                    break;
                }

                // 4
                using (found.Handle)
                {
                    await SendAsync(context, found.Name, found.Handle!);
                }

                break;
        }
    }

    private Task FallBackAsync(HttpContext context)
    {
        if (_fallback is null)
        {
            return Refusal.WriteAsync(context, _fallbackStatus, _fallbackStatus == StatusCodes.Status404NotFound
                ? "There is no such file here."
                : $"{ReasonPhrases.GetReasonPhrase(_fallbackStatus)}.", RefusalReason.Route);
        }

        // A fallback that is not there either would lead here again.
        var place = _fallback.Of(context);
        return context.Features.Get<InternalRedirect>() is not null && place == context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget
            ? Refusal.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such file here.", RefusalReason.Route)
            : _redirects.RunAsync(context, place, status: null);
    }

    /// <summary>A path that begins with two slashes would be taken for another host.</summary>
    private static void LeadToSlash(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        context.Response.Headers.Location = OwnAddress.Of(context, $"/{RouteValueText.PathOf(context).TrimStart('/')}/{context.Request.QueryString.Value}");
    }

    private async Task SendAsync(HttpContext context, string name, SafeFileHandle handle)
    {
        if (!IsRead(context.Request))
        {
            await RefuseMethodAsync(context);
            return;
        }

        if (_options.Precompressed)
        {
            context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
            if (_search.FindSibling(context.Request, name) is (var encoding, { } sibling))
            {
                context.Response.Headers.ContentEncoding = encoding;
                using (sibling)
                {
                    await SentFile.WriteAsync(context, sibling, SaidType(context) ?? TypeOf(name));
                }

                return;
            }
        }

        await SentFile.WriteAsync(context, handle, SaidType(context) ?? TypeOf(name));
    }

    private async Task ListAsync(HttpContext context, string name, ListingOptions listing)
    {
        var response = context.Response;
        if (!IsRead(context.Request))
        {
            await RefuseMethodAsync(context);
            return;
        }

        if (_search.List(name, listing.MaxEntries) is not { } entries)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "This directory is not for you to read.", RefusalReason.Policy);
            return;
        }

        if (entries.Count > listing.MaxEntries)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, "There is more in this directory than is listed.", RefusalReason.Limit);
            return;
        }

        var body = DirectoryListing.Write(entries, context.Request.Path.Value ?? "/", listing, TimeZoneInfo.Local);
        response.ContentType = listing.Format == ListingFormat.Json ? "application/json" : _options.Charset is { Length: > 0 } charset ? $"text/html; charset={charset}" : "text/html";
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    private static Task RefuseMethodAsync(HttpContext context)
    {
        context.Response.Headers.Allow = "GET, HEAD";
        return Refusal.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "A file is only read.", RefusalReason.Request);
    }

    /// <summary>What a destination has said that led on to the file; null where none has.</summary>
    private static string? SaidType(HttpContext context) => context.Response.ContentType is { Length: > 0 } type ? type : null;

    private string TypeOf(string name)
    {
        var type = _types.GetValueOrDefault(Path.GetExtension(name)) ?? (_options.OwnTypesAlone ? null : FileTypes.Find(name)) ?? _options.DefaultType;
        return _options.Charset is { Length: > 0 } charset && !type.Contains("charset", StringComparison.OrdinalIgnoreCase)
            && (type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || type.Equals("application/javascript", StringComparison.OrdinalIgnoreCase))
                ? $"{type}; charset={charset}"
                : type;
    }
}
