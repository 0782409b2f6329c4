using System.Net.WebSockets;
using System.Text.Json;
using YarpWs.Backend.Messages;

namespace YarpWs.Backend.Protocols;

/// <summary>
/// Reads what a client of the plain protocols sends: a text message holding a JSON object whose <c>message</c> is a string, and whose <c>noEcho</c>, where there is
/// one, is true or false.
/// </summary>
internal static class PlainRequest
{
    /// <summary>Deep enough for any honest document; the reader keeps one bit per level, so depth cannot exhaust the stack.</summary>
    public const int MaxDepth = 1_000;

    /// <summary>Other keys are ignored; of a repeated one the last counts. Null when it is no such object.</summary>
    public static ClientMessage? Parse(ReadOnlySpan<byte> payload, WebSocketMessageType type)
    {
        if (type is not WebSocketMessageType.Text)
        {
            return null;
        }

        try
        {
            return Read(payload);
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate: JSON by its grammar, but no text.
            return null;
        }
    }

    private static SendText? Read(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
        {
            return null;
        }

        byte[]? text = null;
        bool? noEcho = false;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var canBeRead = !HoldsSurrogate(reader.ValueSpan);
            var isMessage = canBeRead && reader.ValueTextEquals("message"u8);
            var isNoEcho = canBeRead && !isMessage && reader.ValueTextEquals("noEcho"u8);
            reader.Read();
            if (isMessage)
            {
                text = reader.TokenType is JsonTokenType.String ? Unescape(ref reader) : null;
            }
            else if (isNoEcho)
            {
                noEcho = reader.TokenType switch { JsonTokenType.True => true, JsonTokenType.False => false, _ => null };
            }

            reader.Skip();
        }

        // One more read refuses whatever follows the object.
        reader.Read();
        return text is null || noEcho is null ? null : new SendText(text, noEcho.Value);
    }

    /// <summary>The reader throws when it is to compare a key that holds a lone surrogate; such a key is none of ours, like any with an escaped surrogate.</summary>
    private static bool HoldsSurrogate(ReadOnlySpan<byte> key) => key.IndexOf(@"\ud"u8) >= 0 || key.IndexOf(@"\uD"u8) >= 0;

    private static byte[] Unescape(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan.ToArray();
        }

        var text = new byte[reader.ValueSpan.Length];
        var length = reader.CopyString(text);
        return text[..length];
    }
}
