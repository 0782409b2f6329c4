using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Protocols;

namespace YarpWs.Backend.Api;

/// <summary>A message as the body of a request: text, JSON or bytes, by its Content-Type.</summary>
internal static class MessageBody
{
    /// <summary>As deep as a client of the plain protocols may send.</summary>
    private const int MaxDepth = PlainRequest.MaxDepth;

    /// <summary>Reads the whole body. What it is, or, when it is not what its type says or is too long, the answer that says so.</summary>
    public static async Task<(ReadOnlyMemory<byte> Data, DataType Type, IResult? Refused)> ReadAsync(HttpContext context, int maxBytes)
    {
        var request = context.Request;
        if (!TryGetType(request, out var type, out var charset))
        {
            return (default, default, ApiError.UnsupportedMediaType());
        }

        if (request.ContentLength > maxBytes)
        {
            return (default, default, ApiError.TooLarge(maxBytes));
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = maxBytes;
        }

        using var body = new MemoryStream((int)(request.ContentLength ?? 0));
        try
        {
            await request.Body.CopyToAsync(body, context.RequestAborted);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (default, default, ApiError.TooLarge(maxBytes));
        }

        ReadOnlyMemory<byte> data = body.ToArray();
        return type switch
        {
            DataType.Json when !IsJson(data.Span) => (default, default, ApiError.BadRequest("body", "The body is not JSON, though its Content-Type says so.")),
            DataType.Text when !TryReadText(data, charset!, out data) => (default, default, ApiError.BadRequest("body", "The body is not text in its charset.")),
            _ => (data, type, null),
        };
    }

    private static bool TryGetType(HttpRequest request, out DataType type, out Encoding? charset)
    {
        (type, charset) = (DataType.Binary, null);
        if (string.IsNullOrEmpty(request.ContentType))
        {
            return true;
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var mediaType))
        {
            return false;
        }

        switch (mediaType.MediaType.Value?.ToLowerInvariant())
        {
            case MediaTypeNames.Application.Octet:
                return true;
            case MediaTypeNames.Application.Json:
                type = DataType.Json;
                return true;
            case MediaTypeNames.Text.Plain:
                type = DataType.Text;
                return TryGetCharset(HeaderUtilities.RemoveQuotes(mediaType.Charset).Value, out charset);
            default:
                return false;
        }
    }

    /// <summary>Not <see cref="MediaTypeHeaderValue.Encoding"/>, which knows no quotes and throws for UTF-7.</summary>
    private static bool TryGetCharset(string? name, out Encoding? charset)
    {
        try
        {
            charset = string.IsNullOrEmpty(name) ? Encoding.UTF8 : Encoding.GetEncoding(name);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            charset = null;
            return false;
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> data)
    {
        // The reader does not look into strings, and bytes that are no text would cut off every client who gets them.
        if (!Utf8.IsValid(data))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(data, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TryReadText(ReadOnlyMemory<byte> data, Encoding charset, out ReadOnlyMemory<byte> utf8)
    {
        try
        {
            var strict = Encoding.GetEncoding(charset.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            utf8 = Encoding.UTF8.GetBytes(strict.GetString(data.Span));
            return true;
        }
        catch (DecoderFallbackException)
        {
            utf8 = default;
            return false;
        }
    }
}
