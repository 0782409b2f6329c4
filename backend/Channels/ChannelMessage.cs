using System.Buffers;
using System.Text;
using MessagePack;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Channels;

/// <summary>
/// A message of a channel layer: a map in MessagePack. Django's consumers take its <c>type</c> for the name of a method, so none is ever made of what a client has chosen.
/// </summary>
internal static class ChannelMessage
{
    private const string TypeKey = "type";

    /// <summary>In messages of the core layer: the channels that one is for. A consumer never sees it.</summary>
    private const string ChannelsKey = "__asgi_channel__";

    /// <summary>In messages to a group of the pub/sub layer, which come back to whoever sent them: the system that sent it. Consumers pass over it.</summary>
    private const string SenderKey = "yarpws";

    /// <summary>Deeper maps and lists are not taken; Python's own decoder stops at 512.</summary>
    private const int MaxDepth = 64;

    /// <summary>Writes the map: the type, one text, and what the layer adds.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="type">Names the consumer's method.</param>
    /// <param name="key">Where it finds the text.</param>
    /// <param name="text">UTF-8. Never bytes of another kind: they would close every consumer of the group.</param>
    /// <param name="channels">For the core layer, the names of its receivers; null in the other.</param>
    /// <param name="sender">For the pub/sub layer, this system; null in the other.</param>
    public static void Write(IBufferWriter<byte> output, string type, string key, ReadOnlySpan<byte> text, IReadOnlyCollection<string>? channels = null, string? sender = null)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteMapHeader(2 + (channels is null ? 0 : 1) + (sender is null ? 0 : 1));
        writer.Write(TypeKey);
        writer.Write(type);
        writer.Write(key);
        writer.WriteString(text);
        if (channels is not null)
        {
            writer.Write(ChannelsKey);
            writer.WriteArrayHeader(channels.Count);
            foreach (var channel in channels)
            {
                writer.Write(channel);
            }
        }

        if (sender is not null)
        {
            writer.Write(SenderKey);
            writer.Write(sender);
        }

        writer.Flush();
    }

    /// <summary>Reads what another process sent. False when it is no map with text for keys, and nothing behind it.</summary>
    /// <param name="bytes">The map, and nothing else.</param>
    /// <param name="types">The key of the value that counts, by type.</param>
    /// <param name="content">What was found.</param>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, IReadOnlyDictionary<string, string> types, out ChannelContent content)
    {
        try
        {
            content = Read(bytes, types);
            return true;
        }
        catch (Exception exception) when (exception is MessagePackSerializationException or EndOfStreamException or DecoderFallbackException)
        {
            content = default;
            return false;
        }
    }

    private static ChannelContent Read(ReadOnlyMemory<byte> bytes, IReadOnlyDictionary<string, string> types)
    {
        ThrowIfTooDeep(bytes);
        var reader = new MessagePackReader(bytes);
        string? type = null;
        string? sender = null;
        IReadOnlyList<string> channels = [];
        var values = new Dictionary<string, ReadOnlySequence<byte>>();
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var key = reader.ReadString() ?? throw new MessagePackSerializationException("A key is nil.");
            var start = reader.Position;
            if (key == ChannelsKey)
            {
                channels = ReadChannels(ref reader);
                continue;
            }

            reader.Skip();
            var value = reader.Sequence.Slice(start, reader.Position);
            switch (key)
            {
                case TypeKey when IsText(value):
                    // Channels takes both for the same method.
                    type = new MessagePackReader(value).ReadString()!.Replace('.', '_');
                    break;
                case SenderKey when IsText(value):
                    sender = new MessagePackReader(value).ReadString();
                    break;
                default:
                    values[key] = value;
                    break;
            }
        }

        if (!reader.End)
        {
            throw new MessagePackSerializationException("Something follows the map.");
        }

        return type is not null && types.TryGetValue(type, out var wanted) && values.TryGetValue(wanted, out var found)
            ? new ChannelContent(type, Text(found), channels, sender)
            : new ChannelContent(type, null, channels, sender);
    }

    private static List<string> ReadChannels(ref MessagePackReader reader)
    {
        if (reader.NextMessagePackType == MessagePackType.String)
        {
            return [reader.ReadString()!];
        }

        var channels = new List<string>();
        for (var left = reader.ReadArrayHeader(); left > 0; left--)
        {
            channels.Add(reader.ReadString() ?? throw new MessagePackSerializationException("A channel is nil."));
        }

        return channels;
    }

    private static bool IsText(ReadOnlySequence<byte> value) => new MessagePackReader(value).NextMessagePackType == MessagePackType.String;

    /// <summary>Text as it is; bytes as they are; anything else as JSON.</summary>
    private static (DataType, ReadOnlyMemory<byte>)? Text(ReadOnlySequence<byte> value)
    {
        var reader = new MessagePackReader(value);
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.String:
                // A text that is none in UTF-8 would end every member of the room.
                return (DataType.Text, Encoding.UTF8.GetBytes(StrictUtf8.GetString(reader.ReadStringSequence()!.Value)));
            case MessagePackType.Binary:
                return (DataType.Binary, reader.ReadBytes()!.Value.ToArray());
            case MessagePackType.Nil:
                return null;
            default:
                return (DataType.Json, Encoding.UTF8.GetBytes(MessagePackSerializer.ConvertToJson(value)));
        }
    }

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The library goes down into each value by calling itself, and a stack that is full ends the process. So the depth is counted first.</summary>
    private static void ThrowIfTooDeep(ReadOnlyMemory<byte> bytes)
    {
        var reader = new MessagePackReader(bytes);
        var open = new Stack<long>();
        do
        {
            while (open.TryPeek(out var left) && left == 0)
            {
                open.Pop();
            }

            if (open.TryPop(out var more))
            {
                open.Push(more - 1);
            }

            var (items, isContainer) = reader.NextMessagePackType switch
            {
                MessagePackType.Map => (2L * reader.ReadMapHeader(), true),
                MessagePackType.Array => (reader.ReadArrayHeader(), true),
                _ => (0L, false),
            };
            if (isContainer)
            {
                open.Push(items);
            }
            else
            {
                reader.Skip();
            }

            if (open.Count > MaxDepth)
            {
                throw new MessagePackSerializationException("It is too deep.");
            }
        }
        while (open.Any(left => left > 0));
    }
}

/// <summary>What a message of a channel layer says.</summary>
/// <param name="Type">With <c>_</c> for <c>.</c>; null when there is none.</param>
/// <param name="Value">What members are to get; null when the type is not one of those that are known, or its key is missing.</param>
/// <param name="Channels">Whom it is for, in the core layer.</param>
/// <param name="Sender">The system of rooms that sent it, in the pub/sub layer.</param>
internal readonly record struct ChannelContent(string? Type, (DataType DataType, ReadOnlyMemory<byte> Data)? Value, IReadOnlyList<string> Channels, string? Sender);
