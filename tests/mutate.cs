#!/usr/bin/env dotnet
#:package Microsoft.CodeAnalysis.CSharp
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

// Small mistakes, one at a time, in one folder of the product, and whether the tests of the folder notice: dotnet run tests/mutate.cs -- gateway/Sockets
// It works on a copy in the system's temporary folder. All mistakes are built in at once, each behind a switch that the environment turns on, so that one costs a
// run of the tests and no build. README.md says what it costs and what came of it.

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

const string Switch = "YARPWS_MISTAKE";

if (args is not [var place, .. var rest] || rest.Length > 5)
{
    Console.Error.WriteLine("Usage: dotnet run tests/mutate.cs -- FOLDER_OR_FILE [COUNT=20] [SKIP=0] [SEED=1] [SECONDS=170] [TESTS: the end of a namespace, by default that of the folder]");
    return 2;
}

var root = Directory.GetCurrentDirectory();
place = place.TrimEnd('/');
var count = Number(0, 20);
var skip = Number(1, 0);
var seed = Number(2, 1);
var deadline = Stopwatch.GetTimestamp() + (long)(Number(3, 170) * Stopwatch.Frequency);
var (product, project, tests) = place switch
{
    _ when place.StartsWith("gateway/Platform/", StringComparison.Ordinal) => ("gateway/Platform", "YarpWs.Platform.Tests", place["gateway/Platform/".Length..]),
    _ when place.StartsWith("gateway/", StringComparison.Ordinal) => ("gateway", "YarpWs.Gateway.Tests", place["gateway/".Length..]),
    _ when place.StartsWith("backend/", StringComparison.Ordinal) => ("backend", "YarpWs.Backend.Tests", place["backend/".Length..]),
    _ => throw new ArgumentException($"'{place}' is no folder of the product."),
};
tests = rest.ElementAtOrDefault(4) ?? Regex.Replace(tests, @"/?[^/]*\.cs$", "").Replace('/', '.');

// 1. A copy of what is here, committed or not; what has not changed keeps its time, and so its build.
var copy = Path.Combine(Path.GetTempPath(), "yarpws-mistakes");
foreach (var file in Run("git", ["ls-files", "--cached", "--others", "--exclude-standard"], root).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(root, file))))
{
    Write(file, File.ReadAllBytes(Path.Combine(root, file)));
}

// Many mistakes are noticed by a wait that does not end.
var deadlines = Path.Combine("tests", "YarpWs.Platform.Tests", "Support", "Deadline.cs");
Write(deadlines, System.Text.Encoding.UTF8.GetBytes(File.ReadAllText(deadlines).Replace("FromMinutes(1)", "FromSeconds(15)", StringComparison.Ordinal)));

// 2. Which mistakes: by chance, the same for the same seed.
var files = Directory.Exists(place) ? Directory.GetFiles(place, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray() : [place];
var trees = files.ToDictionary(file => file, file => CSharpSyntaxTree.ParseText(File.ReadAllText(file)));
var all = files.SelectMany(file => trees[file].GetRoot().DescendantNodes().SelectMany(node => Mistakes.Of(node).Select(kind => new Mistake(file, node, kind)))).ToArray();
new Random(seed).Shuffle(all);
var chosen = all.Skip(skip).Take(count).Select((mistake, index) => mistake with { Number = skip + index + 1 }).ToList();
Console.WriteLine($"{place}: {all.Length} mistakes can be made; {chosen.Count} of them are, from number {skip + 1} on, with seed {seed}.");

// 3. One build with all of them. What does not compile is left out.
Write($"{product}/Mistake.cs", System.Text.Encoding.UTF8.GetBytes($$"""
    /// <summary>Which mistake is made now.</summary>
    internal static class Mistake
    {
        private static readonly int Made = int.Parse(System.Environment.GetEnvironmentVariable("{{Switch}}") ?? "0", System.Globalization.CultureInfo.InvariantCulture);

        public static bool Is(int number) => number == Made;
    }
    """));
for (var round = 0; ; round++)
{
    foreach (var file in files)
    {
        Write(file, System.Text.Encoding.UTF8.GetBytes(new Rewriter([.. chosen.Where(mistake => mistake.File == file)]).Visit(trees[file].GetRoot())!.ToFullString()));
    }

    var build = Run("dotnet", ["build", "-v", "q", $"tests/{project}", "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false", "-p:GenerateDocumentationFile=false"], copy);
    if (build.Code == 0)
    {
        break;
    }

    var lines = Regex.Matches(build.Output, @"([^\s(]+\.cs)\((\d+),\d+\): error (\w+)").Select(match => (File: Path.GetRelativePath(copy, match.Groups[1].Value), Line: int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), Error: match.Groups[3].Value)).ToHashSet();
    var faulty = lines.SelectMany(line => Regex.Matches(File.ReadLines(Path.Combine(copy, line.File)).ElementAt(line.Line - 1), @"Mistake\.Is\((\d+)\)")).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToHashSet();
    if (faulty.Count == 0)
    {
        // An error elsewhere than at its mistake: a path without a value (CS0161) is told at its method's head, what may be unassigned behind it.
        faulty = [.. lines.Select(line => line.Error == "CS0161"
            ? chosen.Where(mistake => mistake.File == line.File && mistake.Line >= line.Line).MinBy(mistake => mistake.Line)?.Number ?? 0
            : chosen.Where(mistake => mistake.File == line.File && mistake.Line <= line.Line).MaxBy(mistake => mistake.Line)?.Number ?? 0)];
    }

    if (round == 8 || chosen.RemoveAll(mistake => faulty.Contains(mistake.Number)) == 0)
    {
        Console.Error.WriteLine(build.Output);
        return 1;
    }
}

// 4. The tests notice nothing that is not there; how long that takes bounds the rest.
var began = Stopwatch.GetTimestamp();
var right = Test(0, TimeSpan.FromSeconds(170));
if (right.Code != 0)
{
    Console.Error.WriteLine($"The tests of {tests} fail without a mistake:\n{right.Output}");
    return 1;
}

var patience = (2 * Stopwatch.GetElapsedTime(began)) + TimeSpan.FromSeconds(10);
Console.WriteLine($"{Regex.Match(right.Output, @"Total: (\d+)").Groups[1].Value} tests of {tests} take {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s; {chosen.Count} mistakes compile.");

// 5. One run for each. A run that does not end has noticed.
var (made, missed) = (0, 0);
foreach (var mistake in chosen)
{
    if (Stopwatch.GetTimestamp() > deadline)
    {
        Console.WriteLine($"The time is over; go on with SKIP={mistake.Number - 1}.");
        break;
    }

    made++;
    if (Test(mistake.Number, patience).Code == 0)
    {
        missed++;
        Console.WriteLine($"NOT NOTICED {mistake.Number}: {mistake.File}:{mistake.Line}: {mistake.Kind}: {Regex.Replace(mistake.Node.ToString(), @"\s+", " ")}");
    }
}

Console.WriteLine($"{place}: {made - missed} of {made} were noticed.");
return 0;

int Number(int index, int otherwise) => rest.ElementAtOrDefault(index) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

(int Code, string Output) Test(int number, TimeSpan longest)
{
    var program = Path.Combine(copy, "artifacts", "bin", project, "debug", project + ".dll");
    return Run("dotnet", [program, "-namespace", $"{project}.{tests}", "-namespace", $"{project}.{tests}.*", "-stopOnFail", "-noColor"], copy, number, longest);
}

void Write(string file, byte[] content)
{
    var path = Path.Combine(copy, file);
    if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }
}

static (int Code, string Output) Run(string program, string[] arguments, string folder, int mistake = 0, TimeSpan? longest = null)
{
    var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
    start.Environment[Switch] = mistake.ToString(CultureInfo.InvariantCulture);
    using var process = Process.Start(start)!;
    var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    if (!process.WaitForExit(longest ?? Timeout.InfiniteTimeSpan))
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return (-1, "It did not end.");
    }

    return (process.ExitCode, output.Result + errors.Result);
}

/// <summary>One mistake.</summary>
/// <param name="File">Where it is made, from the repository's root.</param>
/// <param name="Node">What is changed.</param>
/// <param name="Kind">How.</param>
internal sealed record Mistake(string File, SyntaxNode Node, string Kind)
{
    /// <summary>By which the environment turns it on.</summary>
    public int Number { get; init; }

    public int Line => Node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
}

/// <summary>The mistakes that can be made at a place.</summary>
internal static class Mistakes
{
    public const string Negated = "negated";
    public const string Bound = "one off at the bound";
    public const string Other = "the other operator";
    public const string Dropped = "dropped";
    public const string Opposite = "the opposite";

    public static IEnumerable<string> Of(SyntaxNode node)
    {
        switch (node)
        {
            case IfStatementSyntax or WhileStatementSyntax or ConditionalExpressionSyntax:
                yield return Negated;
                break;
            case BinaryExpressionSyntax binary when binary.Kind() is SyntaxKind.LessThanExpression or SyntaxKind.LessThanOrEqualExpression or SyntaxKind.GreaterThanExpression or SyntaxKind.GreaterThanOrEqualExpression:
                yield return Bound;
                break;
            case BinaryExpressionSyntax binary when OtherOf(binary.Kind()) is not SyntaxKind.None && binary.Ancestors().All(outer => outer is not (AttributeSyntax or EnumMemberDeclarationSyntax or ParameterSyntax) && !IsConstant(outer)):
                yield return Other;
                break;
            case ExpressionStatementSyntax { Expression: InvocationExpressionSyntax or AssignmentExpressionSyntax or AwaitExpressionSyntax or PostfixUnaryExpressionSyntax } or ContinueStatementSyntax:
            case BreakStatementSyntax when node.Parent is not SwitchSectionSyntax:
                yield return Dropped;
                break;
            case LiteralExpressionSyntax literal when literal.Kind() is SyntaxKind.TrueLiteralExpression or SyntaxKind.FalseLiteralExpression
                && literal.Ancestors().All(outer => outer is not (AttributeSyntax or ParameterSyntax or PatternSyntax) && !IsConstant(outer)):
                yield return Opposite;
                break;
        }
    }

    public static SyntaxKind OtherOf(SyntaxKind kind) => kind switch
    {
        SyntaxKind.EqualsExpression => SyntaxKind.NotEqualsExpression,
        SyntaxKind.NotEqualsExpression => SyntaxKind.EqualsExpression,
        SyntaxKind.LogicalAndExpression => SyntaxKind.LogicalOrExpression,
        SyntaxKind.LogicalOrExpression => SyntaxKind.LogicalAndExpression,
        SyntaxKind.AddExpression => SyntaxKind.SubtractExpression,
        SyntaxKind.SubtractExpression => SyntaxKind.AddExpression,
        SyntaxKind.MultiplyExpression => SyntaxKind.DivideExpression,
        SyntaxKind.DivideExpression => SyntaxKind.MultiplyExpression,
        SyntaxKind.LessThanExpression => SyntaxKind.LessThanOrEqualExpression,
        SyntaxKind.LessThanOrEqualExpression => SyntaxKind.LessThanExpression,
        SyntaxKind.GreaterThanExpression => SyntaxKind.GreaterThanOrEqualExpression,
        SyntaxKind.GreaterThanOrEqualExpression => SyntaxKind.GreaterThanExpression,
        _ => SyntaxKind.None,
    };

    private static bool IsConstant(SyntaxNode node) => node is FieldDeclarationSyntax field && field.Modifiers.Any(SyntaxKind.ConstKeyword);
}

/// <summary>Builds the mistakes of one file in, each behind its switch.</summary>
internal sealed class Rewriter(IReadOnlyList<Mistake> mistakes) : CSharpSyntaxRewriter
{
    public override SyntaxNode? Visit(SyntaxNode? node)
    {
        var visited = base.Visit(node);
        foreach (var mistake in mistakes.Where(mistake => mistake.Node == node))
        {
            visited = Make(visited!, $"global::Mistake.Is({mistake.Number})");
        }

        return visited;
    }

    private static SyntaxNode Make(SyntaxNode node, string made) => node switch
    {
        IfStatementSyntax one => one.WithCondition(Unless(one.Condition, made)),
        WhileStatementSyntax one => one.WithCondition(Unless(one.Condition, made)),
        ConditionalExpressionSyntax one => one.WithCondition(SyntaxFactory.ParenthesizedExpression(Unless(one.Condition, made))),
        BinaryExpressionSyntax one => Either(one, SyntaxFactory.ParseExpression($"(({one.Left.WithoutTrivia().ToFullString()}) {SyntaxFacts.GetText(TokenOf(Mistakes.OtherOf(one.Kind())))} ({one.Right.WithoutTrivia().ToFullString()}))"), made),
        LiteralExpressionSyntax one => Either(one, SyntaxFactory.ParseExpression(one.IsKind(SyntaxKind.TrueLiteralExpression) ? "false" : "true"), made),
        StatementSyntax one => SyntaxFactory.ParseStatement($"if (!{made}) {{ {one.ToString()} }}").WithTriviaFrom(one),
        _ => throw new InvalidOperationException($"No mistake is made of a {node.Kind()}."),
    };

    private static ExpressionSyntax Unless(ExpressionSyntax condition, string made) => SyntaxFactory.ParseExpression($"{made} != ({condition.ToString()})").WithTriviaFrom(condition);

    private static ExpressionSyntax Either(ExpressionSyntax one, ExpressionSyntax other, string made) =>
        SyntaxFactory.ParseExpression($"({made} ? {other} : {one.ToString()})").WithTriviaFrom(one);

    private static SyntaxKind TokenOf(SyntaxKind kind) => kind switch
    {
        SyntaxKind.EqualsExpression => SyntaxKind.EqualsEqualsToken,
        SyntaxKind.NotEqualsExpression => SyntaxKind.ExclamationEqualsToken,
        SyntaxKind.LogicalAndExpression => SyntaxKind.AmpersandAmpersandToken,
        SyntaxKind.LogicalOrExpression => SyntaxKind.BarBarToken,
        SyntaxKind.AddExpression => SyntaxKind.PlusToken,
        SyntaxKind.SubtractExpression => SyntaxKind.MinusToken,
        SyntaxKind.MultiplyExpression => SyntaxKind.AsteriskToken,
        SyntaxKind.DivideExpression => SyntaxKind.SlashToken,
        SyntaxKind.LessThanExpression => SyntaxKind.LessThanToken,
        SyntaxKind.LessThanOrEqualExpression => SyntaxKind.LessThanEqualsToken,
        SyntaxKind.GreaterThanExpression => SyntaxKind.GreaterThanToken,
        _ => SyntaxKind.GreaterThanEqualsToken,
    };
}
