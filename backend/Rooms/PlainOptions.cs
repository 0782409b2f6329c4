using System.ComponentModel.DataAnnotations;

namespace YarpWs.Backend.Rooms;

/// <summary>Where the rooms of <c>/ws/start/{room}</c> are, and who may enter. Section <c>Plain</c>.</summary>
internal sealed record PlainOptions
{
    /// <summary>The hub of all rooms: push to them at <c>/api/hubs/{hub}/groups/…</c>. Default <c>chat</c>.</summary>
    [Required(AllowEmptyStrings = false), RegularExpression(@"^[A-Za-z][A-Za-z0-9_`,.\[\]]{0,127}$")]
    public string Hub { get; init; } = "chat";

    /// <summary>Stands before the room's name in its group's name. At most 900 characters, default <c>push_</c>.</summary>
    [StringLength(900)]
    public string GroupPrefix { get; init; } = "push_";

    /// <summary>Lets clients in without a token. Default false.</summary>
    public bool AllowAnonymous { get; init; }
}
