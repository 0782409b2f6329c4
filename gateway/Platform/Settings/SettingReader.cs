using System.Text;
using System.Text.Json;

namespace YarpWs.Platform.Settings;

/// <summary>Reads JSON with comments and trailing commas, as configuration does, and remembers where everything stands.</summary>
internal static class SettingReader
{
    /// <summary>Deeper than any setting; a file that goes deeper is refused rather than overflow the stack.</summary>
    private const int MaxDepth = 64;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonReaderOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = MaxDepth,
    };

    /// <summary>Reads a file's text. What is wrong with it is added to the findings; what could be read until there is returned.</summary>
    public static Setting Read(string file, ReadOnlySpan<byte> text, Findings findings)
    {
        text = text.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text;
        var lines = new LineIndex(file, text);
        var root = new Setting("", "", lines.At(0));
        if (EncodingFaultIn(text, out var place) is { } fault)
        {
            findings.Add(new(Severity.Error, lines.At(place), "", fault));
            return root;
        }

        var reader = new Utf8JsonReader(text, Options);
        try
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadValue(ref reader, root, lines, findings);
                reader.Read();
            }
            else
            {
                findings.Add(new(Severity.Error, lines.At(reader.TokenStartIndex), "", "the settings are one JSON object; begin the file with { and end it with }."));
            }
        }
        catch (JsonException exception)
        {
            var offset = lines.Offset(exception.LineNumber ?? 0, exception.BytePositionInLine ?? 0);
            findings.Add(new(Severity.Error, lines.At(offset), "", $"this is not JSON: {Reason(exception)}"));
        }

        return root;
    }

    private static void ReadValue(ref Utf8JsonReader reader, Setting setting, LineIndex lines, Findings findings)
    {
        var location = lines.At(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                setting.Set(SettingKind.Object, null, location);
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = reader.GetString()!;
                    var child = new Setting(name, Setting.PathOf(setting.Path, name), lines.At(reader.TokenStartIndex));
                    reader.Read();
                    ReadValue(ref reader, child, lines, findings);
                    Add(setting, child, findings);
                }

                break;
            case JsonTokenType.StartArray:
                setting.Set(SettingKind.List, null, location);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    var name = setting.Children.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
                    var item = new Setting(name, Setting.PathOf(setting.Path, name), lines.At(reader.TokenStartIndex));
                    ReadValue(ref reader, item, lines, findings);
                    setting.TryAdd(item);
                }

                break;
            case JsonTokenType.String:
                setting.Set(SettingKind.Text, reader.GetString(), location);
                break;
            case JsonTokenType.Number:
                setting.Set(SettingKind.Number, Encoding.UTF8.GetString(reader.ValueSpan), location);
                break;
            case JsonTokenType.True or JsonTokenType.False:
                setting.Set(SettingKind.Boolean, reader.TokenType == JsonTokenType.True ? "True" : "False", location);
                break;
            default:
                setting.Set(SettingKind.Null, null, location);
                break;
        }
    }

    private static void Add(Setting parent, Setting child, Findings findings)
    {
        if (!parent.TryAdd(child))
        {
            var first = parent[child.Name]!;
            findings.NameError(child, first.Name == child.Name
                ? $"stands here for the second time, first in line {first.Location!.Line}; keep one."
                : $"differs from '{first.Name}' in line {first.Location!.Line} in case alone, which does not count; rename or remove one.");
        }
    }

    /// <summary>What is no UTF-8, and where; null when all is. A file that begins with { is UTF-16 when a zero stands beside that, with a mark before it or without.</summary>
    private static string? EncodingFaultIn(ReadOnlySpan<byte> text, out int place)
    {
        place = 0;
        if (text is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] or [0, not 0, ..] or [not 0, 0, ..])
        {
            return "the file is UTF-16; save it as UTF-8.";
        }

        try
        {
            Strict.GetCharCount(text);
            return null;
        }
        catch (DecoderFallbackException exception)
        {
            place = exception.Index;
            return $"the byte 0x{text[place]:X2} is no UTF-8; save the file as UTF-8.";
        }
    }

    private static string Reason(JsonException exception) => exception.Message switch
    {
        var text when text.Contains("does not contain any JSON tokens", StringComparison.Ordinal) => "the file is empty; write { and }, and the settings between them.",
        var text when text.StartsWith("Expected depth to be zero", StringComparison.Ordinal) => "the file ends before every { and [ is closed.",
        var text => text.Split(" LineNumber:")[0].Split(" Path:")[0],
    };

    /// <summary>Turns offsets in a text into lines and columns.</summary>
    private sealed class LineIndex
    {
        private readonly string _file;
        private readonly byte[] _text;
        private readonly List<int> _starts = [0];
        private (int Line, int End, int Column) _last = (0, 0, 1);

        public LineIndex(string file, ReadOnlySpan<byte> text)
        {
            _file = file;
            _text = text.ToArray();
            for (var index = 0; index < _text.Length; index++)
            {
                if (_text[index] == '\n')
                {
                    _starts.Add(index + 1);
                }
            }
        }

        public SourceLocation At(long offset)
        {
            var end = (int)Math.Min(offset, _text.Length);
            var line = _starts.BinarySearch(end);
            line = line < 0 ? ~line - 1 : line;

            // Counts on from the location before: a large file may be one line.
            var (from, column) = line == _last.Line && end >= _last.End ? (_last.End, _last.Column) : (_starts[line], 1);
            _last = (line, end, column + Encoding.UTF8.GetCharCount(_text, from, end - from));
            return new SourceLocation(_file, line + 1, _last.Column);
        }

        public long Offset(long line, long position) => _starts[(int)Math.Min(line, _starts.Count - 1)] + position;
    }
}
