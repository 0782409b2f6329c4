using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace YarpWs.Gateway.Import;

/// <summary>An object of a settings file that is written for people: comments over its properties, and what is short on one line.</summary>
internal sealed class CommentedJson
{
    private const int Width = 150;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(string Name, object Value, IReadOnlyList<string> Comments)> _properties = [];

    public bool IsEmpty => _properties.Count == 0;

    /// <summary>Adds a property, or replaces the one of this name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">A text, a number, a boolean, a list of these or of objects, an object.</param>
    /// <param name="comments">Lines over it.</param>
    public CommentedJson Set(string name, object value, params IReadOnlyList<string> comments)
    {
        var at = _properties.FindIndex(property => property.Name == name);
        if (at < 0)
        {
            _properties.Add((name, value, comments));
        }
        else
        {
            _properties[at] = (name, value, comments.Count > 0 ? comments : _properties[at].Comments);
        }

        return this;
    }

    /// <summary>The object of a name, which is made where there is none.</summary>
    public CommentedJson Object(string name, params IReadOnlyList<string> comments)
    {
        if (Find(name) is { } known)
        {
            return known;
        }

        var made = new CommentedJson();
        Set(name, made, comments);
        return made;
    }

    /// <summary>The object of a name; null where it is none.</summary>
    public CommentedJson? Find(string name) => _properties.Find(property => property.Name == name).Value as CommentedJson;

    /// <summary>The text of a name; null where it is none.</summary>
    public string? Text(string name) => _properties.Find(property => property.Name == name).Value as string;

    /// <summary>The list of a name; empty where it is none.</summary>
    public IReadOnlyList<object> List(string name) => _properties.Find(property => property.Name == name).Value as IReadOnlyList<object> ?? [];

    /// <summary>A copy with these properties and no others.</summary>
    public CommentedJson Only(params IEnumerable<string> names)
    {
        var copy = new CommentedJson();
        copy._properties.AddRange(_properties.Where(property => names.Contains(property.Name, StringComparer.Ordinal)));
        return copy;
    }

    public void Remove(string name) => _properties.RemoveAll(property => property.Name == name);

    /// <summary>Adds the properties of another object.</summary>
    public CommentedJson AddAll(CommentedJson other)
    {
        foreach (var (name, value, comments) in other._properties)
        {
            Set(name, value, comments);
        }

        return this;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text, this, indent: 0, "");
        return text.Append('\n').ToString();
    }

    private static void Write(StringBuilder text, object value, int indent, string name)
    {
        var line = OnOneLine(value);
        if (line is not null && line.Length + name.Length + indent <= Width)
        {
            text.Append(line);
            return;
        }

        var inner = new string(' ', indent + 2);
        if (value is CommentedJson json)
        {
            text.Append("{\n");
            for (var index = 0; index < json._properties.Count; index++)
            {
                var (key, property, comments) = json._properties[index];
                foreach (var comment in comments)
                {
                    text.Append(inner).Append("// ").Append(comment).Append('\n');
                }

                text.Append(inner).Append(Quote(key)).Append(": ");
                Write(text, property, indent + 2, key);
                text.Append(index + 1 < json._properties.Count ? ",\n" : "\n");
            }

            text.Append(' ', indent).Append('}');
        }
        else if (value is IReadOnlyList<object> list)
        {
            text.Append("[\n");
            for (var index = 0; index < list.Count; index++)
            {
                text.Append(inner);
                Write(text, list[index], indent + 2, "");
                text.Append(index + 1 < list.Count ? ",\n" : "\n");
            }

            text.Append(' ', indent).Append(']');
        }
        else
        {
            text.Append(line);
        }
    }

    /// <summary>Null for what holds a comment.</summary>
    private static string? OnOneLine(object value)
    {
        switch (value)
        {
            case CommentedJson { IsEmpty: true }:
                return "{}";
            case CommentedJson json:
                var parts = json._properties.Select(property => property.Comments.Count > 0 || OnOneLine(property.Value) is not { } inner ? null : $"{Quote(property.Name)}: {inner}").ToList();
                return parts.Contains(null) ? null : $"{{ {string.Join(", ", parts)} }}";
            case IReadOnlyList<object> { Count: 0 }:
                return "[]";
            case IReadOnlyList<object> list:
                var items = list.Select(OnOneLine).ToList();
                return items.Contains(null) ? null : $"[ {string.Join(", ", items)} ]";
            case string text:
                return Quote(text);
            case bool boolean:
                return boolean ? "true" : "false";
            default:
                return Convert.ToString(value, CultureInfo.InvariantCulture);
        }
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text, Plain);
}
