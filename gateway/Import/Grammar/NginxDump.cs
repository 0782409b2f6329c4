using System.Text.RegularExpressions;

namespace YarpWs.Gateway.Import.Grammar;

/// <summary>What <c>nginx -T</c> prints: all files of a configuration, each behind a line with its name. It can be taken from a machine or a container without the files.</summary>
/// <param name="First">The file that nginx began with.</param>
/// <param name="Texts">What the files hold, by their whole names.</param>
internal sealed partial record NginxDump(string First, IReadOnlyDictionary<string, string> Texts)
{
    /// <summary>Null for a text that is none.</summary>
    public static NginxDump? Of(string text)
    {
        var heads = Head().Matches(text);
        if (heads.Count == 0 || text.AsSpan(0, heads[0].Index).Trim("\uFEFF\r\n").Length > 0)
        {
            return null;
        }

        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var index = 0; index < heads.Count; index++)
        {
            var begin = heads[index].Index + heads[index].Length;
            texts.TryAdd(heads[index].Groups["name"].Value, text[begin..(index + 1 < heads.Count ? heads[index + 1].Index : text.Length)]);
        }

        return new NginxDump(heads[0].Groups["name"].Value, texts);
    }

    [GeneratedRegex(@"^# configuration file (?<name>/[^\r\n]+):\r?\n", RegexOptions.Multiline)]
    private static partial Regex Head();
}
