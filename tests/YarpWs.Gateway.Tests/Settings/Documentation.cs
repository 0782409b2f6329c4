using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace YarpWs.Gateway.Tests.Settings;

/// <summary>The summaries of doc comments, as plain sentences.</summary>
internal static partial class Documentation
{
    private static readonly Dictionary<string, string> Summaries = new[] { "YarpWs.Gateway.xml", "YarpWs.Platform.xml", "Yarp.ReverseProxy.xml" }
        .SelectMany(file => XDocument.Load(Path.Combine(AppContext.BaseDirectory, file)).Descendants("member"))
        .Where(member => member.Element("summary") is not null)
        .GroupBy(member => member.Attribute("name")!.Value)
        .ToDictionary(group => group.Key, group => Plain(group.First().Element("summary")!));

    public static string? Of(Type type) => Summaries.GetValueOrDefault($"T:{type.FullName}");

    public static string? Of(PropertyInfo property) => Summaries.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}");

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
