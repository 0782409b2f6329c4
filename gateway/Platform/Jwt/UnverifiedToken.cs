using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace YarpWs.Platform.Jwt;

/// <summary>
/// What a signed token says of itself before its signature is checked. It decides who checks the token, and nothing else: anybody may have written it.
/// </summary>
/// <param name="Issuer">Its <c>iss</c>; null where it has none, or one that is no text.</param>
/// <param name="KeyId">The <c>kid</c> of its header; null as above.</param>
internal readonly record struct UnverifiedToken(string? Issuer, string? KeyId)
{
    /// <summary>False for what is no JWS in its compact form (RFC 7515, section 7.1), with JSON objects as header and payload.</summary>
    public static bool TryRead(ReadOnlySpan<char> token, out UnverifiedToken read)
    {
        read = default;
        var header = token.IndexOf('.');
        if (header < 0)
        {
            return false;
        }

        var rest = token[(header + 1)..];
        var payload = rest.IndexOf('.');
        if (payload < 0 || rest[(payload + 1)..].Contains('.')
            || !TryRead(token[..header], "kid"u8, out var keyId)
            || !TryRead(rest[..payload], "iss"u8, out var issuer))
        {
            return false;
        }

        read = new UnverifiedToken(issuer, keyId);
        return true;
    }

    /// <summary>The text under a name of an encoded object. Of several the last counts, as for the library that checks the token.</summary>
    private static bool TryRead(ReadOnlySpan<char> encoded, ReadOnlySpan<byte> name, out string? text)
    {
        text = null;
        var buffer = ArrayPool<byte>.Shared.Rent(Base64Url.GetMaxDecodedLength(encoded.Length));
        try
        {
            if (Base64Url.DecodeFromChars(encoded, buffer, out _, out var length) != OperationStatus.Done)
            {
                return false;
            }

            var json = new Utf8JsonReader(buffer.AsSpan(0, length));
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isWanted = json.ValueTextEquals(name);
                json.Read();
                if (isWanted)
                {
                    text = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                }

                json.Skip();
            }

            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // No JSON, or text that is no UTF-8.
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
