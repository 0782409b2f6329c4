using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Microsoft.Win32.SafeHandles;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Content;

/// <summary>
/// The end of a route that answers with files: (1) the candidates are looked for, one after the other; (2) where none is there, the fallback; (3) a directory without its slash leads
/// to the one with it; (4) the file is sent from the handle that was opened, whatever becomes of its name meanwhile. Files are looked for and read on the pool.
/// </summary>
internal sealed class FileAnswer
{
    private const string Uri = "$uri";

    private static readonly string[] DefaultIndex = ["index.html"];
    private static readonly string[] DefaultCandidates = [Uri, Uri + "/"];

    private static readonly (string Encoding, string End)[] Siblings = [("br", ".br"), ("gzip", ".gz")];

    private readonly FilesOptions _options;
    private readonly FileTree _tree;
    private readonly InternalRedirects _redirects;
    private readonly IReadOnlyList<string> _index;
    private readonly IReadOnlyList<string> _candidates;
    private readonly Dictionary<string, string> _types;
    private readonly RequestText? _fallback;
    private readonly int _fallbackStatus;

    /// <summary>Whether a candidate names the path of the request.</summary>
    private readonly bool _namePath;

    /// <summary>How many names of a path are the route's own, and not looked up.</summary>
    private readonly int _ownNames;

    /// <param name="options">What the route says.</param>
    /// <param name="path">The pattern of the route's path; null when it takes all.</param>
    /// <param name="directory">What relative names begin at.</param>
    /// <param name="redirects">Who leads on to the fallback.</param>
    public FileAnswer(FilesOptions options, string? path, string directory, InternalRedirects redirects)
    {
        _options = options;
        _redirects = redirects;
        _tree = new FileTree(Path.GetFullPath(options.Root ?? options.Alias!, directory), options.Links, options.DotFiles);
        _index = options.Index ?? DefaultIndex;
        _candidates = options.TryFiles ?? DefaultCandidates;
        _namePath = _candidates.Any(candidate => candidate.Contains(Uri, StringComparison.Ordinal));
        _types = new(options.Types ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase);
        _ownNames = options.Root is not null || path is null ? 0 : RoutePatternFactory.Parse(path).PathSegments.TakeWhile(segment => segment.IsSimple && segment.Parts[0].IsLiteral).Count();
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
        var found = Find(PathOf(context));
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

    /// <summary>Of a location's path, what stands behind the location, where an Alias stands for it.</summary>
    private string PathOf(HttpContext context) => _options.Alias is not null && context.Features.Get<MatchedLocation>() is { } location
        ? "/" + System.Uri.UnescapeDataString(NormalizedPath.Encode(location.Path.AsSpan(location.PrefixLength))).TrimStart('/')
        : context.Request.Path.Value ?? "/";

    /// <returns>A directory only where it is asked for without its slash.</returns>
    private Found Find(string path)
    {
        // Where no candidate names the path, any will do.
        if ((_namePath ? _tree.Normalize(path) : "") is not { } names)
        {
            return new Found(FileOutcome.Missing, "", null);
        }

        names = string.Join('/', names.Split('/').Skip(_ownNames));
        var hasSlash = path.EndsWith('/');
        var uri = $"/{names}{(hasSlash && names.Length > 0 ? "/" : "")}";
        foreach (var candidate in _candidates)
        {
            var text = candidate.Replace(Uri, uri, StringComparison.Ordinal);
            var found = candidate.EndsWith('/') ? FindIndex(text, mayLackSlash: hasSlash || candidate != Uri + "/") : FindFile(text);
            if (found.Outcome != FileOutcome.Missing)
            {
                return found;
            }
        }

        return new Found(FileOutcome.Missing, "", null);
    }

    private Found FindFile(string text)
    {
        // A file has no slash behind its name; the root has none in front of it, where an Alias is a file.
        if ((text.Length > 1 && text.EndsWith('/')) || _tree.Normalize(text) is not { } name)
        {
            return new Found(FileOutcome.Missing, "", null);
        }

        var outcome = _tree.Open(name, out var handle);
        return outcome == FileOutcome.Directory ? new Found(FileOutcome.Missing, "", null) : new Found(outcome, name, handle);
    }

    private Found FindIndex(string text, bool mayLackSlash)
    {
        if (_tree.Normalize(text) is not { } name)
        {
            return new Found(FileOutcome.Missing, "", null);
        }

        var outcome = _tree.Open(name, out var handle);
        handle?.Dispose();
        if (outcome != FileOutcome.Directory)
        {
            return new Found(outcome == FileOutcome.Found ? FileOutcome.Missing : outcome, "", null);
        }

        if (!mayLackSlash)
        {
            return new Found(FileOutcome.Directory, "", null);
        }

        foreach (var index in _index)
        {
            if (FindFile($"{name}/{index}") is { Outcome: not FileOutcome.Missing } found)
            {
                return found with { Index = index };
            }
        }

        if (_options.Listing is not null)
        {
            return new Found(FileOutcome.Found, name, null) { IsListed = true };
        }

        // It is there, and shows nothing of itself.
        return new Found(FileOutcome.Forbidden, "", null);
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
            if (FindSibling(context.Request, name) is (var encoding, { } sibling))
            {
                context.Response.Headers.ContentEncoding = encoding;
                using (sibling)
                {
                    await SentFile.WriteAsync(context, sibling, TypeOf(name));
                }

                return;
            }
        }

        await SentFile.WriteAsync(context, handle, TypeOf(name));
    }

    private async Task ListAsync(HttpContext context, string name, ListingOptions listing)
    {
        var response = context.Response;
        if (!IsRead(context.Request))
        {
            await RefuseMethodAsync(context);
            return;
        }

        if (_tree.List(name, listing.MaxEntries) is not { } entries)
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

    private (string Encoding, SafeFileHandle? Handle)? FindSibling(HttpRequest request, string name)
    {
        var accepted = request.GetTypedHeaders().AcceptEncoding;
        foreach (var (encoding, end) in Siblings)
        {
            if (accepted.Any(one => one.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && one.Quality is not 0)
                && _tree.Open(name + end, out var handle) == FileOutcome.Found)
            {
                return (encoding, handle);
            }
        }

        return null;
    }

    private string TypeOf(string name)
    {
        var type = _types.GetValueOrDefault(Path.GetExtension(name)) ?? FileTypes.Find(name) ?? _options.DefaultType;
        return _options.Charset is { Length: > 0 } charset && !type.Contains("charset", StringComparison.OrdinalIgnoreCase)
            && (type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || type.Equals("application/javascript", StringComparison.OrdinalIgnoreCase))
                ? $"{type}; charset={charset}"
                : type;
    }

    private readonly record struct Found(FileOutcome Outcome, string Name, SafeFileHandle? Handle)
    {
        /// <summary>The name of the file that stands for a directory; empty for any other.</summary>
        public string Index { get; init; } = "";

        /// <summary>Whether it is a directory that is listed.</summary>
        public bool IsListed { get; init; }
    }
}
