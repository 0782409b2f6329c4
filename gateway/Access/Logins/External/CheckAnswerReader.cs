using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>Reads what a check answers. Whatever is not exactly what it should be is no answer.</summary>
internal static class CheckAnswerReader
{
    /// <summary>Of all that is told of a person: it stands in a token, which stands in a header.</summary>
    public const int MostCharacters = 4096;

    private const int LongestUser = 256;

    private const string Example = """Answer 200 with JSON such as {"user": "ann", "roles": ["webpubsub.sendToGroup"]}, or 401.""";

    /// <summary>What the gateway says of every login itself.</summary>
    private static readonly HashSet<string> OwnClaims = new(StringComparer.Ordinal) { "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "role", "groups", "auth_time" };

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <exception cref="HttpRequestException">The connection failed in the middle of the answer.</exception>
    /// <exception cref="IOException">The same.</exception>
    public static async Task<CheckAnswer> ReadAsync(HttpResponseMessage response, ExternalCheckOptions options, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        var isRedirect = status is 301 or 302 or 303 or 307 or 308;
        if (isRedirect && !options.PassRedirects)
        {
            return new NoAnswer(
                $"it answered {status} to {LogText.Escape(response.Headers.Location?.OriginalString ?? "nowhere")}",
                "Have it answer 401 where nobody is logged in, or set PassRedirects.");
        }

        if (!isRedirect && !response.IsSuccessStatusCode && response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden))
        {
            return new NoAnswer($"it answered {status}", status == StatusCodes.Status404NotFound ? "Set Path to where the check is." : "Look into its log.");
        }

        if (response.IsSuccessStatusCode && options.UserHeader is { Length: > 0 })
        {
            return OfHeaders(response.Headers, options);
        }

        if (await ReadBodyAsync(response.Content, options.MaxAnswerBytes, cancellation) is not { } body)
        {
            return new NoAnswer($"its answer has more than {options.MaxAnswerBytes} bytes", "Have it say less, or raise MaxAnswerBytes.");
        }

        return response.IsSuccessStatusCode
            ? OfJson(body, status)
            : new RefusedLogin(
                status,
                body,
                response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type) ? type.ToString() : null,
                response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var challenges) ? [.. challenges] : [],
                isRedirect ? response.Headers.Location?.OriginalString : null);
    }

    private static async Task<byte[]?> ReadBodyAsync(HttpContent content, int most, CancellationToken cancellation)
    {
        if (content.Headers.ContentLength > most)
        {
            return null;
        }

        await using var stream = await content.ReadAsStreamAsync(cancellation);
        using var body = new MemoryStream();
        var buffer = new byte[Math.Min(most + 1, 8192)];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            if (body.Length + count > most)
            {
                return null;
            }

            body.Write(buffer, 0, count);
        }

        return body.ToArray();
    }

    private static CheckAnswer OfJson(byte[] body, int status)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            var json = document.RootElement;
            if (json.ValueKind != JsonValueKind.Object)
            {
                return new NoAnswer($"it answered {status} with JSON that is no object", Example);
            }

            return Judge(new CheckedPerson
            {
                User = Text(json, "user") ?? "",
                Roles = List(json, "roles"),
                Groups = List(json, "groups"),
                Claims = ClaimsOf(json),
                Session = Text(json, "session"),
                Since = Time(Text(json, "since")),
                Until = Time(Text(json, "until")),
            });
        }
        catch (JsonException)
        {
            return new NoAnswer($"it answered {status} without JSON", Example);
        }
        catch (FormatException exception)
        {
            return new NoAnswer($"it answered {status} with {exception.Message}", Example);
        }
        catch (InvalidOperationException)
        {
            return new NoAnswer($"it answered {status} with text that is no UTF-8", Example);
        }
    }

    private static CheckAnswer OfHeaders(HttpResponseHeaders headers, ExternalCheckOptions options)
    {
        try
        {
            return Judge(new CheckedPerson
            {
                User = Header(options.UserHeader) ?? "",
                Roles = Listed(Header(options.RolesHeader)),
                Groups = Listed(Header(options.GroupsHeader)),
                Until = Time(Header(options.UntilHeader)),
            });
        }
        catch (FormatException exception)
        {
            return new NoAnswer($"it answered with {exception.Message}", $"Have it answer with {options.UserHeader}, or 401.");
        }

        string? Header(string? name) => name is { Length: > 0 } && headers.NonValidated.TryGetValues(name, out var values) ? Encoding.UTF8.GetString(HeaderText.Encoding.GetBytes(values.ToString())) : null;

        static string[] Listed(string? text) => text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
    }

    private static CheckAnswer Judge(CheckedPerson person)
    {
        string?[] told = [person.User, person.Session, .. person.Roles, .. person.Groups, .. person.Claims.SelectMany(claim => (string[])[claim.Key, claim.Value])];
        return person switch
        {
            { User.Length: 0 } => new NoAnswer("it let in nobody: there is no user in its answer", Example),
            { User.Length: > LongestUser } => new NoAnswer($"the user has more than {LongestUser} characters", Example),
            _ when told.Any(text => text is not null && text.Any(char.IsControl)) => new NoAnswer("there is a control character in its answer", Example),
            _ when told.Sum(text => text?.Length ?? 0) > MostCharacters => new NoAnswer($"it says more than {MostCharacters} characters of a login, too many for a token", "Have it name fewer roles, groups and claims."),
            _ => new KnownLogin(person),
        };
    }

    /// <summary>A user's id may be a number.</summary>
    private static string? Text(JsonElement json, string name) => !json.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => throw new FormatException($"a \"{name}\" that is no text"),
    };

    private static string[] List(JsonElement json, string name) => !json.TryGetProperty(name, out var value) ? [] : Texts(value, name);

    private static string[] Texts(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw new FormatException($"a \"{name}\" that is no list of texts"))],
        _ => throw new FormatException($"a \"{name}\" that is no list of texts"),
    };

    private static List<KeyValuePair<string, string>> ClaimsOf(JsonElement json)
    {
        if (!json.TryGetProperty("claims", out var claims) || claims.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        if (claims.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("\"claims\" that are no object");
        }

        return
        [
            .. from claim in claims.EnumerateObject()
               where !OwnClaims.Contains(claim.Name)
               from value in Texts(claim.Value, claim.Name)
               select KeyValuePair.Create(claim.Name, value),
        ];
    }

    private static DateTimeOffset? Time(string? text) =>
        text is null or "" ? null
        : NumericDate.Parse(text) is { } time ? time
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time) ? time
        : throw new FormatException("a time that is neither seconds since 1970 nor ISO 8601");
}
