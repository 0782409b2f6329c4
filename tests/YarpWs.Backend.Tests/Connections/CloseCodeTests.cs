using System.Text;
using Xunit;
using YarpWs.Backend.Connections;

namespace YarpWs.Backend.Tests.Connections;

public sealed class CloseCodeTests
{
    [Fact]
    public void Codes_AreThoseOfTheDocument()
    {
        var documented = Table("## Close codes").Select(row => (Number: row[0], Name: row[1], Reason: row[2], ComeBack: row[3]));
        var known = CloseCode.All.Select(code => (Number: $"{code.Number}", code.Name, code.Reason, ComeBack: code.MayReturn ? "yes" : "no"));

        Assert.Equal(known.Order(), documented.Order());
    }

    [Fact]
    public void All_HoldsEveryCodeThatIsDefined()
    {
        var defined = typeof(CloseCode).GetProperties().Where(property => property.PropertyType == typeof(CloseCode)).Select(property => property.GetValue(null));

        Assert.Equal(defined.ToHashSet(), CloseCode.All.Cast<object?>().ToHashSet());
    }

    [Fact]
    public void Names_AreUnique_BecauseTheyTagMetrics()
    {
        Assert.Distinct(CloseCode.All.Select(code => code.Name));
    }

    [Fact]
    public void Reasons_FitIntoACloseFrame()
    {
        Assert.All(CloseCode.All, code => Assert.InRange(Encoding.UTF8.GetByteCount(code.Reason), 0, 123));
    }

    [Fact]
    public void Numbers_AreSuchAsRfc6455LetsAServerSend()
    {
        Assert.All(CloseCode.All.Where(code => code != CloseCode.Broken), code =>
            Assert.True(code.Number is 1000 or 1002 or >= 1007 and <= 1014 or >= 3000 and <= 4999, $"{code.Number} must not be sent."));
    }

    /// <summary>The rows of the first table under a heading, cell by cell.</summary>
    private static IEnumerable<string[]> Table(string heading) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "PROTOCOL.md"))
            .SkipWhile(line => line != heading)
            .SkipWhile(line => !line.StartsWith("| --- |", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray());
}
