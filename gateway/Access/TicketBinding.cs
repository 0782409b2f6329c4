using System.Text;

namespace YarpWs.Gateway.Access;

/// <summary>For which handshake a ticket is good: one from a page of this origin ("" for a client that names none) to this path.</summary>
internal sealed record TicketBinding(string Origin, string Path)
{
    public static TicketBinding Of(HttpRequest handshake) => new(handshake.Headers.Origin.ToString(), handshake.Path.Value ?? "");

    /// <summary>A header holds no line end, so no other pair gives these bytes.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes($"{Origin}\n{Path}");
}
