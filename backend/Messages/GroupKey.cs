using System.Buffers;
using System.Text;

namespace YarpWs.Backend.Messages;

/// <summary>One group of one hub. A group exists only while it has a member; its name is case-sensitive, and in Unicode's form C whichever way it was written.</summary>
internal readonly record struct GroupKey
{
    /// <summary>Longest group name, in UTF-16 code units (Web PubSub data plane, group names).</summary>
    public const int MaxNameLength = 1024;

    private GroupKey(HubName hub, string name)
    {
        Hub = hub;
        Name = name;
    }

    public HubName Hub { get; }

    public string Name { get; }

    /// <summary>False when the name is empty, only white space, too long, or not well-formed UTF-16.</summary>
    public static bool TryCreate(HubName hub, string? name, out GroupKey group)
    {
        group = default;
        if (string.IsNullOrWhiteSpace(name) || name.Length > MaxNameLength || !IsWellFormed(name) || Nfc.Of(name) is not { Length: <= MaxNameLength } normalized)
        {
            return false;
        }

        group = new GroupKey(hub, normalized);
        return true;
    }

    public override string ToString() => $"{Hub}/{Name}";

    /// <summary>Lone surrogates would all become the same replacement character in Redis, and different groups would meet.</summary>
    private static bool IsWellFormed(string name)
    {
        for (var rest = name.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var length) != OperationStatus.Done)
            {
                return false;
            }

            rest = rest[length..];
        }

        return true;
    }
}
