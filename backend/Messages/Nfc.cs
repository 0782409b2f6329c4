using System.Text;
using ADRaffy.ENSNormalize;

namespace YarpWs.Backend.Messages;

/// <summary>
/// Unicode's normalization form C (UAX #15), so that a name has one spelling: an é of one character and an e with a combining accent are the same. The runtime
/// has it only together with ICU, which these processes do without; so the tables are a library's.
/// </summary>
internal static class Nfc
{
    /// <summary>The same text, composed. Only for well-formed UTF-16.</summary>
    public static string Of(string text) => Ascii.IsValid(text) ? text : Tables.Forms.NFC(text);

    /// <summary>Read when the first name beyond ASCII comes.</summary>
    private static class Tables
    {
        public static readonly NF Forms = ENSNormalize.NF;
    }
}
