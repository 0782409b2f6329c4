using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace YarpWs.Backend.Tests;

/// <summary>PROTOCOL.md promises nothing that no test holds the server to.</summary>
public sealed partial class PromisesTests
{
    [Fact]
    public void EachPromise_NamesATestThatExists()
    {
        var tests = typeof(PromisesTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttributes<FactAttribute>().Any())
            .Select(method => method.Name)
            .ToHashSet();
        var promises = Section("What is promised").Split("\nNot promised:")[0].Split("\n* ")[1..];

        Assert.NotEmpty(promises);
        Assert.All(promises, promise =>
        {
            var named = TestName().Matches(promise).Select(match => match.Groups[1].Value).ToArray();
            Assert.NotEmpty(named);
            Assert.All(named, name => Assert.Contains(name, tests));
        });
    }

    private static string Section(string title)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PROTOCOL.md"));
        return text.Split($"## {title}\n")[1].Split("\n## ")[0];
    }

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*_[A-Za-z0-9_]+)`")]
    private static partial Regex TestName();
}
