using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Protocols;

/// <summary>One message in each protocol that a member asks for: encoded once, the same bytes to everybody. Not for several threads.</summary>
internal sealed class Encodings(GroupMessage message)
{
    private readonly List<(IClientProtocol Protocol, Frame Frame)> _frames = new(capacity: 1);

    public Frame For(IClientProtocol protocol)
    {
        foreach (var (known, frame) in _frames)
        {
            if (ReferenceEquals(known, protocol))
            {
                return frame;
            }
        }

        var encoded = protocol.Encode(message);
        _frames.Add((protocol, encoded));
        return encoded;
    }
}
