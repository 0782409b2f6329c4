using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Operator;

/// <summary>By what a list of sockets is sorted. What a socket has no value for comes last, whichever way it is; the same value goes by the number.</summary>
/// <param name="Key">The value that is looked at.</param>
/// <param name="IsDescending">Whether the largest comes first.</param>
internal sealed record SocketOrder(Func<LiveSocket, IComparable?> Key, bool IsDescending) : IComparer<LiveSocket>
{
    public const string Names = "id, user, ip, route, destination, path, age, silentFor, roundTrip, messagesIn, messagesOut, bytesIn, bytesOut";

    /// <summary>The order of the pages that follow each other.</summary>
    public static SocketOrder ById { get; } = new(socket => socket.Origin.Id, IsDescending: false);

    /// <summary>A name of <see cref="Names"/>, with <c>-</c> before it for the largest first; null for anything else.</summary>
    public static SocketOrder? Parse(string text)
    {
        var isDescending = text.StartsWith('-');
        Func<LiveSocket, IComparable?>? key = text.TrimStart('-') switch
        {
            "id" => socket => socket.Origin.Id,
            "user" => socket => socket.Login?.User,
            "ip" => socket => socket.Origin.ClientAddress,
            "route" => socket => socket.Origin.Route,
            "destination" => socket => socket.Origin.DestinationName.ToString(),
            "path" => socket => socket.Origin.Path,
            // The oldest was opened first.
            "age" => socket => -socket.OpenedAt,
            "silentFor" => socket => -socket.Client.Liveness.LastHeard,
            "roundTrip" => socket => socket.Client.Liveness.RoundTrip,
            "messagesIn" => socket => socket.Client.Frames.Messages,
            "messagesOut" => socket => socket.Backend.Frames.Messages,
            "bytesIn" => socket => socket.Client.Frames.Bytes,
            "bytesOut" => socket => socket.Backend.Frames.Bytes,
            _ => null,
        };
        return key is null ? null : new SocketOrder(key, isDescending);
    }

    public int Compare(LiveSocket? one, LiveSocket? other)
    {
        // Values change while they are compared; a list that is a moment old is not wrong for it.
        var (first, second) = (Key(one!), Key(other!));
        var order = (first, second) switch
        {
            (null, null) => 0,
            (null, _) => 1,
            (_, null) => -1,
            (string text, string with) => string.Compare(text, with, StringComparison.OrdinalIgnoreCase),
            _ => first.CompareTo(second),
        };
        order = IsDescending && first is not null && second is not null ? -order : order;
        return order != 0 ? order : one!.Origin.Id.CompareTo(other!.Origin.Id);
    }
}
