using System.Net.Mime;
using Microsoft.Extensions.Options;
using YarpWs.Backend.Access;
using YarpWs.Backend.Channels;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Groups;
using YarpWs.Backend.Messages;
using YarpWs.Backend.Redis;

namespace YarpWs.Backend.Api;

/// <summary>
/// <c>/api/hubs/{hub}/groups/{group}</c>: push to a group from any server, and ask whether it exists. Addresses, statuses and
/// bodies are those of the Web PubSub data plane. Group names are percent-decoded once, <c>%2F</c> included.
/// </summary>
internal sealed class GroupsApi(
    GroupPublisher publisher, GroupDirectory groups, RedisHealth redis, NodeIdentity node, IOptions<ConnectionOptions> limits, ILogger<GroupsApi> logger)
{
    /// <summary>Every client of the Web PubSub data plane sends it.</summary>
    private const string ApiVersion = "api-version";

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

        var (data, type, refused) = await MessageBody.ReadAsync(context, limits.Value.MaxMessageBytes);
        if (refused is not null)
        {
            return refused;
        }

        var message = node.Message(type, data, context.User.UserId());
        return await publisher.TryPublishAsync(group, message, TimeSpan.Zero, context.RequestAborted) is null
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
        catch (Exception exception) when (RedisFailure.IsRedis(exception))
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

        // Not the segment after "groups": a hub may have that name.
        if (!GroupKey.TryCreate(hub, RawPath.Segment(context, "hubs", distance: 3), out group))
        {
            return ApiError.BadRequest("group", $"A group is named with 1 to {GroupKey.MaxNameLength} characters that are not all white space.");
        }

        foreach (var parameter in context.Request.Query.Keys)
        {
            // Passing over one, as over "filter" or "excluded", could send the message to people who must not get it.
            if (!parameter.Equals(ApiVersion, StringComparison.OrdinalIgnoreCase))
            {
                return ApiError.BadRequest(parameter, "This parameter is not supported.");
            }
        }

        return context.User.MaySendTo(group.Name)
            ? null
            : ApiError.Forbidden($"The token needs the role webpubsub.sendToGroup or webpubsub.sendToGroup.{group.Name}.");
    }
}
