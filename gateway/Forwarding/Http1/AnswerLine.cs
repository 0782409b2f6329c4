namespace YarpWs.Gateway.Forwarding.Http1;

/// <summary>A line of an answer (RFC 9112, section 2.2), which ends in CRLF and in nothing else.</summary>
internal static class AnswerLine
{
    /// <param name="bytes">What has come.</param>
    /// <param name="at">Where the line begins; where the next one does, once this is whole.</param>
    /// <param name="line">Without its end.</param>
    /// <returns>False while its end has not come.</returns>
    /// <exception cref="HttpIOException">It ends in a bare LF.</exception>
    public static bool TryTake(ReadOnlySpan<byte> bytes, ref int at, out ReadOnlySpan<byte> line)
    {
        var end = bytes[at..].IndexOf((byte)'\n');
        if (end < 0)
        {
            line = default;
            return false;
        }

        if (end == 0 || bytes[at + end - 1] != '\r')
        {
            throw Invalid("a line ends in LF without CR");
        }

        line = bytes.Slice(at, end - 1);
        at += end + 1;
        return true;
    }

    /// <summary>That an answer cannot be understood, which no one else must try to either.</summary>
    public static HttpIOException Invalid(string reason) => new(HttpRequestError.InvalidResponse, $"The answer of the destination is invalid: {reason}.");

    /// <summary>That there is more of an answer than there may be.</summary>
    public static HttpIOException TooLong(string what) => new(HttpRequestError.ConfigurationLimitExceeded, $"The answer of the destination has too many {what}.");
}
