using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace YarpWs.Tests.Settings;

/// <summary>The summaries of doc comments, as plain sentences.</summary>
/// <param name="files">Names of the compiler's files beside the tests.</param>
internal sealed partial class Documentation(params string[] files)
{
    private readonly Dictionary<string, string> _summaries = files
        .SelectMany(file => XDocument.Load(Path.Combine(AppContext.BaseDirectory, file)).Descendants("member"))
        .Where(member => member.Element("summary") is not null)
        .GroupBy(member => member.Attribute("name")!.Value)
        .ToDictionary(group => group.Key, group => Plain(group.First().Element("summary")!));

    public string? Of(Type type) => _summaries.GetValueOrDefault($"T:{type.FullName}");

    public string? Of(PropertyInfo property) => _summaries.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}");

    private static string Plain(XElement summary)
    {
        foreach (var reference in summary.Descendants().Where(element => element.Attribute("cref") is not null || element.Attribute("langword") is not null).ToList())
        {
            var name = (reference.Attribute("cref") ?? reference.Attribute("langword"))!.Value;
            reference.ReplaceWith(name.Split(':')[^1].Split('(')[0].Split('.')[^1]);
        }

        return Spaces().Replace(summary.Value, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
