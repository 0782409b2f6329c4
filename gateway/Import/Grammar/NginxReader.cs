using System.Text;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Import.Grammar;

/// <summary>
/// Reads one file as nginx does: words, quotes, escapes, comments, blocks. It knows no directive, but that the blocks of <c>…_by_lua_block</c> are in another language.
/// </summary>
internal sealed class NginxReader
{
    /// <summary>Blocks within blocks; nginx's own contexts go to about 10.</summary>
    private const int MaxDepth = 100;

    private readonly string _file;
    private readonly string _text;
    private int _at;
    private int _line = 1;
    private int _lineStart;

    private NginxReader(string file, string text) => (_file, _text) = (file, text);

    private SourceLocation Here => new(_file, _line, _at - _lineStart + 1);

    /// <param name="file">Its name, for messages.</param>
    /// <param name="text">What it holds.</param>
    /// <exception cref="NginxSyntaxException">The text is no configuration.</exception>
    public static IReadOnlyList<Directive> Read(string file, string text) => new NginxReader(file, text.TrimStart('\uFEFF')).ReadBlock(opened: null, depth: 0);

    /// <param name="opened">Where the block begins; null for the file itself.</param>
    /// <param name="depth">In how many blocks it stands.</param>
    private List<Directive> ReadBlock(SourceLocation? opened, int depth)
    {
        var directives = new List<Directive>();
        var words = new List<Word>();
        while (true)
        {
            SkipSpace();
            if (_at == _text.Length)
            {
                return words is [var first, ..] ? throw new NginxSyntaxException(first.Location, $"the file ends inside of '{first.Text}'; expected \";\" or \"{{\".")
                    : opened is not null ? throw new NginxSyntaxException(opened, "this block has no end; expected \"}\".")
                    : directives;
            }

            switch (_text[_at])
            {
                case ';' or '{' when words.Count == 0:
                    throw new NginxSyntaxException(Here, $"unexpected \"{_text[_at]}\"; expected a directive.");
                case ';':
                    _at++;
                    directives.Add(new Directive([.. words], null));
                    words.Clear();
                    break;
                case '{':
                    directives.Add(new Directive([.. words], ReadInner(words[0].Text, depth)));
                    words.Clear();
                    break;
                case '}' when words is [.., var last]:
                    throw new NginxSyntaxException(Here, $"unexpected \"}}\"; expected \";\" behind '{last.Text}'.");
                case '}' when opened is null:
                    throw new NginxSyntaxException(Here, "unexpected \"}\"; no block is open.");
                case '}':
                    _at++;
                    return directives;
                default:
                    words.Add(ReadWord());
                    break;
            }
        }
    }

    private List<Directive> ReadInner(string name, int depth)
    {
        var opened = Here;
        _at++;
        if (depth == MaxDepth)
        {
            throw new NginxSyntaxException(opened, $"blocks stand more than {MaxDepth} deep.");
        }

        if (!name.EndsWith("_by_lua_block", StringComparison.Ordinal))
        {
            return ReadBlock(opened, depth + 1);
        }

        for (var open = 1; open > 0;)
        {
            if (_at == _text.Length)
            {
                throw new NginxSyntaxException(opened, "this block has no end; expected \"}\".");
            }

            open += _text[_at] switch { '{' => 1, '}' => -1, _ => 0 };
            Advance(LengthInLua(_text.AsSpan(_at)));
        }

        return [];
    }

    /// <summary>How much of a text of Lua goes together: a string, a comment, or one character. Braces in the former two close nothing.</summary>
    private static int LengthInLua(ReadOnlySpan<char> text)
    {
        var start = text.StartsWith("--") ? 2 : 0;
        if (text[start..] is ['[', ..] && text[(start + 1)..].IndexOfAnyExcept('=') is >= 0 and var level && text[start + 1 + level] == '[')
        {
            var end = text.IndexOf($"]{new string('=', level)}]", StringComparison.Ordinal);
            return end < 0 ? text.Length : end + level + 2;
        }

        if (start > 0)
        {
            return text.IndexOf('\n') is >= 0 and var line ? line : text.Length;
        }

        if (text[0] is not ('"' or '\''))
        {
            return 1;
        }

        var length = 1;
        while (length < text.Length && text[length] != text[0])
        {
            length += text[length] == '\\' ? 2 : 1;
        }

        return Math.Min(length + 1, text.Length);
    }

    private Word ReadWord()
    {
        var start = Here;
        var word = new StringBuilder();
        if (_text[_at] is '"' or '\'')
        {
            var quote = _text[_at];
            for (_at++; _at < _text.Length && _text[_at] != quote;)
            {
                TakeCharacter(word);
            }

            if (_at == _text.Length)
            {
                throw new NginxSyntaxException(start, $"this quote has no end; expected {quote}.");
            }

            _at++;
            return _at == _text.Length || char.IsWhiteSpace(_text[_at]) || _text[_at] is ';' or '{' or ')'
                ? new Word(word.ToString(), true, start)
                : throw new NginxSyntaxException(Here, $"unexpected \"{_text[_at]}\" behind a quote; expected a blank.");
        }

        // A brace begins a block, unless it is that of a variable, ${name}.
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] != ';' && (_text[_at] != '{' || (word.Length > 0 && word[^1] == '$')))
        {
            TakeCharacter(word);
        }

        return new Word(word.ToString(), false, start);
    }

    /// <summary>A backslash goes in front of a quote and of itself, and with t, r and n; all others stay, as expressions need them.</summary>
    private void TakeCharacter(StringBuilder word)
    {
        if (_text[_at] == '\\' && _at + 1 < _text.Length)
        {
            Advance();
            _ = _text[_at] switch
            {
                '"' or '\'' or '\\' => word.Append(_text[_at]),
                't' => word.Append('\t'),
                'r' => word.Append('\r'),
                'n' => word.Append('\n'),
                _ => word.Append('\\').Append(_text[_at]),
            };
        }
        else
        {
            word.Append(_text[_at]);
        }

        Advance();
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || _text[_at] == '#'))
        {
            if (_text[_at] == '#')
            {
                _at = _text.IndexOf('\n', _at) is >= 0 and var end ? end : _text.Length;
            }
            else
            {
                Advance();
            }
        }
    }

    private void Advance(int count = 1)
    {
        for (; count > 0; count--)
        {
            if (_text[_at++] == '\n')
            {
                _line++;
                _lineStart = _at;
            }
        }
    }
}
