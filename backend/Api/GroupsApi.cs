using System.Net.Mime;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using StackExchange.Redis;
using YarpWs.Backend.Access;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Redis;
using YarpWs.Backend.Streams;

namespace YarpWs.Backend.Api;

/// <summary>
/// <c>/api/hubs/{hub}/groups/{group}</c>: push to a group from any server, and ask whether it exists. Addresses, statuses and
/// bodies are those of the Web PubSub data plane. Group names are percent-decoded once, <c>%2F</c> included.
/// </summary>
internal sealed class GroupsApi(
    GroupStreams streams, GroupDirectory groups, RedisHealth redis, NodeIdentity node, IOptions<ConnectionOptions> limits, ILogger<GroupsApi> logger)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/hubs/{hub}/groups/{group}/:send", (HttpContext context, GroupsApi api, string hub, string group) => api.SendAsync(context, hub))
            .WithName("SendToGroup").WithTags("Groups")
            .WithSummary("Sends a message to every member of a group.")
            .WithDescription("The body is the message: application/json, text/plain, or application/octet-stream. Succeeds when nobody is there. "
                + "The token needs the role webpubsub.sendToGroup or webpubsub.sendToGroup.{group}.")
            .Accepts<string>(MediaTypeNames.Text.Plain, MediaTypeNames.Application.Json, MediaTypeNames.Application.Octet)
            .Produces(StatusCodes.Status202Accepted)
            .Produces<ApiError>(StatusCodes.Status400BadRequest)
            .Produces(StatusCodes.Status401Unauthorized)
            .Produces<ApiError>(StatusCodes.Status403Forbidden)
            .Produces<ApiError>(StatusCodes.Status413PayloadTooLarge)
            .Produces<ApiError>(StatusCodes.Status415UnsupportedMediaType)
            .Produces<ApiError>(StatusCodes.Status503ServiceUnavailable);

        routes.MapMethods("/api/hubs/{hub}/groups/{group}", [HttpMethods.Head], (HttpContext context, GroupsApi api, string hub, string group) => api.ExistsAsync(context, hub))
            .WithName("GroupExists").WithTags("Groups")
            .WithSummary("Tells whether a group has a member on any node.")
            .Produces(StatusCodes.Status200OK)
            .Produces(StatusCodes.Status401Unauthorized)
            .Produces(StatusCodes.Status403Forbidden)
            .Produces(StatusCodes.Status404NotFound)
            .Produces(StatusCodes.Status503ServiceUnavailable);
    }

    private async Task<IResult> SendAsync(HttpContext context, string hubName)
    {
        if (Find(context, hubName, out var group) is { } fault)
        {
            return fault;
        }

        var (data, type, refused) = await ReadBodyAsync(context);
        if (refused is not null)
        {
            return refused;
        }

        var message = node.Message(type, data, context.User.UserId());
        return await streams.TryPublishAsync(group, message, TimeSpan.Zero, context.RequestAborted) is null
            ? ApiError.Unavailable(context)
            : Results.Accepted();
    }

    private async Task<IResult> ExistsAsync(HttpContext context, string hubName)
    {
        if (Find(context, hubName, out var group) is { } fault)
        {
            return fault;
        }

        try
        {
            return redis.IsUp ? await groups.ExistsAsync(group) ? Results.Ok() : Results.NotFound() : ApiError.Unavailable(context);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            logger.ExistenceUnknown(exception, group);
            return ApiError.Unavailable(context);
        }
    }

    /// <summary>Which group is meant, and whether the bearer may send to it. Null when all is well.</summary>
    private static IResult? Find(HttpContext context, string hubName, out GroupKey group)
    {
        group = default;
        if (!HubName.TryParse(hubName, out var hub))
        {
            return ApiError.BadRequest("hub", "A hub is named with a letter and up to 127 of letters, digits and _ ` , . [ ].");
        }

        if (!GroupKey.TryCreate(hub, RawPath.Segment(context, "groups"), out group))
        {
            return ApiError.BadRequest("group", $"A group is named with 1 to {GroupKey.MaxNameLength} characters that are not all white space.");
        }

        foreach (var unsupported in new[] { "filter", "excluded" })
        {
            // Passing over it would send the message to people who must not get it.
            if (context.Request.Query.ContainsKey(unsupported))
            {
                return ApiError.BadRequest(unsupported, "This parameter is not supported.");
            }
        }

        return context.User.MaySendTo(group.Name)
            ? null
            : ApiError.Forbidden($"The token needs the role webpubsub.sendToGroup or webpubsub.sendToGroup.{group.Name}.");
    }

    private async Task<(ReadOnlyMemory<byte> Data, DataType Type, IResult? Refused)> ReadBodyAsync(HttpContext context)
    {
        var request = context.Request;
        if (!TryGetType(request, out var type, out var charset))
        {
            return (default, default, ApiError.UnsupportedMediaType());
        }

        var maxBytes = limits.Value.MaxMessageBytes;
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
                charset = mediaType.Charset.HasValue ? mediaType.Encoding : Encoding.UTF8;
                return charset is not null;
            default:
                return false;
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
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
