using System.Text.RegularExpressions;

namespace YarpWs.Gateway.Import.Grammar;

/// <summary>A configuration with what it includes.</summary>
/// <param name="Directives">Of the file itself, each include followed by what stands in its files.</param>
/// <param name="Includes">By include, the files that were read.</param>
/// <param name="Missing">Includes of a file that cannot be read, and why.</param>
internal sealed record NginxFiles(IReadOnlyList<Directive> Directives, IReadOnlyDictionary<Directive, int> Includes, IReadOnlyDictionary<Directive, string> Missing)
{
    /// <summary>Files that include each other.</summary>
    private const int MaxDepth = 20;

    /// <param name="file">The file to begin with, or what nginx -T prints. Relative includes begin at its directory, as nginx's do at that of nginx.conf.</param>
    /// <exception cref="IOException">It cannot be read; the message says why and what to do.</exception>
    /// <exception cref="NginxSyntaxException">One of the files is no configuration.</exception>
    public static NginxFiles Read(string file)
    {
        var text = ReadFirst(file);
        var dump = NginxDump.Of(text);
        var (first, all) = dump is null ? (file, text) : (dump.First, dump.Texts[dump.First]);
        var reader = new Reader(Path.GetDirectoryName(Path.GetFullPath(first))!, dump);
        return new NginxFiles(reader.Expand(NginxReader.Read(first, all), depth: 0), reader.Includes, reader.Missing);
    }

    private static string ReadFirst(string file)
    {
        const string Expected = "expected an nginx configuration, such as /etc/nginx/nginx.conf.";
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{file}: " + exception switch
            {
                _ when Directory.Exists(file) => $"is a directory; {Expected}",
                FileNotFoundException or DirectoryNotFoundException => $"no such file; {Expected}",
                UnauthorizedAccessException => $"may not be read by the user {Environment.UserName}; give it the right to.",
                _ => exception.Message,
            }, exception);
        }
    }

    private sealed class Reader(string directory, NginxDump? dump)
    {
        public Dictionary<Directive, int> Includes { get; } = [];

        public Dictionary<Directive, string> Missing { get; } = [];

        public List<Directive> Expand(IReadOnlyList<Directive> directives, int depth)
        {
            var expanded = new List<Directive>();
            foreach (var directive in directives)
            {
                if (directive is { Name: "include", Block: null, Arguments: [var pattern] })
                {
                    expanded.Add(directive);
                    expanded.AddRange(ReadIncluded(directive, pattern, depth));
                }
                else
                {
                    expanded.Add(directive.Block is null ? directive : directive.With(Expand(directive.Block, depth)));
                }
            }

            return expanded;
        }

        private List<Directive> ReadIncluded(Directive include, string pattern, int depth)
        {
            if (depth == MaxDepth)
            {
                throw new NginxSyntaxException(include.Location, $"files include each other more than {MaxDepth} deep.");
            }

            var isPattern = pattern.AsSpan().ContainsAny('*', '?', '[');
            var whole = Path.Combine(directory, pattern);
            var files = !isPattern ? [whole] : dump is null ? Matching(whole) : [.. dump.Texts.Keys.Where(file => IsBelow(whole, file)).Order(StringComparer.Ordinal)];
            var read = new List<Directive>();
            foreach (var file in files)
            {
                string text;
                try
                {
                    text = dump is null ? File.ReadAllText(file) : dump.Texts.GetValueOrDefault(file) ?? throw new FileNotFoundException(null, file);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    if (PackagedFiles.Find(file) is not { } known)
                    {
                        Missing[include] = exception is FileNotFoundException or DirectoryNotFoundException ? $"{file} is not there" : exception.Message;
                        continue;
                    }

                    text = known;
                }

                read.AddRange(Expand(NginxReader.Read(file, text), depth + 1));
                Includes[include] = Includes.GetValueOrDefault(include) + 1;
            }

            return read;
        }

        /// <summary>In the order of their names; none is no error. An asterisk stands for any text without a slash, in directories too, and not for a dot in front.</summary>
        private static List<string> Matching(string pattern)
        {
            List<string> found = [Path.GetPathRoot(pattern)!];
            foreach (var part in pattern[found[0].Length..].Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                found = part.AsSpan().ContainsAny('*', '?', '[')
                    ? [.. found.Where(Directory.Exists).SelectMany(at => Directory.EnumerateFileSystemEntries(at)).Where(entry => IsMatch(part, Path.GetFileName(entry)))]
                    : [.. found.Select(at => Path.Combine(at, part))];
            }

            return [.. found.Where(File.Exists).Order(StringComparer.Ordinal)];
        }

        private static bool IsBelow(string pattern, string file)
        {
            var (patterns, names) = (pattern.Split('/'), file.Split('/'));
            return patterns.Length == names.Length && patterns.Zip(names).All(pair => IsMatch(pair.First, pair.Second));
        }

        private static bool IsMatch(string pattern, string name)
        {
            if (name.StartsWith('.') && !pattern.StartsWith('.'))
            {
                return false;
            }

            var expression = string.Concat(pattern.Replace("[!", "[^", StringComparison.Ordinal).Select(character => character switch
            {
                '*' => ".*",
                '?' => ".",
                '[' or ']' or '-' or '^' => character.ToString(),
                _ => Regex.Escape(character.ToString()),
            }));
            return Regex.IsMatch(name, $"^(?:{expression})$", RegexOptions.NonBacktracking);
        }
    }
}
