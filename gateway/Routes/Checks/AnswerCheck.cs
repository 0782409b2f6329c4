using Microsoft.AspNetCore.WebUtilities;
using YarpWs.Gateway.Content;

namespace YarpWs.Gateway.Routes.Checks;

/// <summary>Whether what a route answers by itself can be answered: Answer, Files and ErrorPages.</summary>
internal static class AnswerCheck
{
    private static readonly int[] Redirects = [301, 302, 303, 307, 308];

    public static void Check(RouteSettings settings, IReadOnlySet<string> routes, Action<string, string> complain)
    {
        CheckAnswer(settings, complain);
        CheckFiles(settings, routes, complain);
        foreach (var (index, page) in (settings.ErrorPages ?? []).Index())
        {
            CheckErrorPage($"ErrorPages:{index}", page, routes, complain);
        }
    }

    private static void CheckAnswer(RouteSettings settings, Action<string, string> complain)
    {
        if (settings.Answer is not { } answer)
        {
            return;
        }

        if (settings.Files is not null)
        {
            complain("Answer", "stands beside Files; keep one of the two.");
        }

        SettingCheck.WithinBounds("Answer", answer, complain);
        if (answer is { Close: true, Status: not null } or { Close: true, Body: not null } or { Close: true, Location: not null })
        {
            complain("Answer:Close", "closes the connection without an answer; remove it, or what stands beside it.");
        }

        if (answer.Location is not null && answer.Status is { } status && status != 201 && !Redirects.Contains(status))
        {
            complain("Answer:Status", $"{status} leads nowhere; write one of 301, 302, 303, 307, 308 or 201 beside a Location.");
        }
        else if (answer.Location is null && answer.Status is { } redirect && Redirects.Contains(redirect))
        {
            complain("Answer:Location", $"{redirect} says that the client is to go elsewhere; write where: \"https://$host$request_uri\".");
        }

        if (answer.Body is { Length: > 0 } && answer.Status is 204 or 205 or 304)
        {
            complain("Answer:Body", $"an answer with {answer.Status} has none (RFC 9110); remove it, or write another Status.");
        }

        if (answer.Path is { } path)
        {
            if (answer is { Close: true } or { Status: not null } or { Body: not null } or { Location: not null })
            {
                complain("Answer:Path", "goes on with another path, where the answer comes from; remove it, or what stands beside it.");
            }

            if (!path.StartsWith('/') && !path.StartsWith('$'))
            {
                complain("Answer:Path", $"'{path}' is no path; write one that begins with '/'.");
            }

            SettingCheck.Text("Answer:Path", path, complain, isLine: true);
        }

        SettingCheck.Text("Answer:Body", answer.Body ?? "", complain, isLine: false);
        SettingCheck.Text("Answer:Location", answer.Location ?? "", complain, isLine: true);
        SettingCheck.Text("Answer:ContentType", answer.ContentType, complain, isLine: true);
    }

    private static void CheckFiles(RouteSettings settings, IReadOnlySet<string> routes, Action<string, string> complain)
    {
        if (settings.Files is not { } files)
        {
            return;
        }

        if (files is { Root: null, Alias: null })
        {
            complain("Files:Root", "files are looked up in a directory; write the name of one.");
        }
        else if (files is { Root: not null, Alias: not null })
        {
            complain("Files:Alias", "stands beside Root; keep one of the two.");
        }

        foreach (var (index, name) in (files.Index ?? []).Index())
        {
            if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal) || name is "." or "..")
            {
                complain($"Files:Index:{index}", "is no name of a file in a directory; write one such as \"index.html\".");
            }
        }

        SettingCheck.WithinBounds("Files:Listing", files.Listing, complain);
        foreach (var (index, candidate) in (files.TryFiles ?? []).Index())
        {
            if (candidate.StartsWith('=') || candidate.StartsWith('@'))
            {
                complain($"Files:TryFiles:{index}", $"'{candidate}' is what happens where nothing is found; write it as Fallback.");
            }
            else if (candidate.Replace("$uri", "", StringComparison.Ordinal).Contains('$', StringComparison.Ordinal))
            {
                complain($"Files:TryFiles:{index}", "holds a variable other than $uri; a client could ask for any file by it.");
            }
            else if (!candidate.StartsWith('/') && !candidate.StartsWith("$uri", StringComparison.Ordinal))
            {
                complain($"Files:TryFiles:{index}", $"'{candidate}' is no path; write \"$uri\", or one that begins with '/'.");
            }
        }

        switch (files.Fallback)
        {
            case ['=', .. var code]:
                if (!int.TryParse(code, out var status) || status is < 300 or > 599)
                {
                    complain("Files:Fallback", $"'{code}' is no status of an error; write one such as \"=404\".");
                }

                break;
            default:
                SettingCheck.Place("Files:Fallback", files.Fallback, routes, complain);
                break;
        }

        foreach (var (end, type) in files.Types ?? new Dictionary<string, string>())
        {
            if (!end.StartsWith('.') || end.Length == 1)
            {
                complain($"Files:Types:{end}", $"'{end}' is no end of a name; write \".{end.TrimStart('.')}\".");
            }

            SettingCheck.Text($"Files:Types:{end}", type, complain, isLine: true);
        }

        SettingCheck.Text("Files:DefaultType", files.DefaultType, complain, isLine: true);
        SettingCheck.Text("Files:Charset", files.Charset ?? "", complain, isLine: true);
    }

    private static void CheckErrorPage(string key, ErrorPage page, IReadOnlySet<string> routes, Action<string, string> complain)
    {
        SettingCheck.WithinBounds(key, page, complain);
        if (page.Statuses is not { Count: > 0 })
        {
            complain($"{key}:Statuses", "a page stands for statuses; write them: [ 502, 503, 504 ].");
        }

        foreach (var (index, status) in (page.Statuses ?? []).Index())
        {
            if (status is < 300 or > 599)
            {
                complain($"{key}:Statuses:{index}", $"{status} is no error; write a status from 300 to 599.");
            }
        }

        switch (new[] { page.File, page.Path, page.Location }.Count(one => one is { Length: > 0 }))
        {
            case 0:
                complain($"{key}:File", "a page is a File, a Path or a Location; write one of the three.");
                break;
            case > 1:
                complain(key, "holds more than one of File, Path and Location; keep one.");
                break;
        }

        if (page.Path is { Length: > 0 } path)
        {
            SettingCheck.Place($"{key}:Path", path, routes, complain);
        }

        if (page.Location is not null && page.Status is { } code && !Redirects.Contains(code))
        {
            complain($"{key}:Status", $"{code} ({ReasonPhrases.GetReasonPhrase(code)}) leads nowhere; write one of 301, 302, 303, 307, 308 beside a Location.");
        }

        if (page.PageStatus && (page.Path is not { Length: > 0 } || page.Status is not null))
        {
            complain($"{key}:PageStatus", "is the status of what Path leads to; remove it, or write Path without Status.");
        }

        SettingCheck.Text($"{key}:Location", page.Location ?? "", complain, isLine: true);
    }
}
