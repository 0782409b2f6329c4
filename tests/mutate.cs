#!/usr/bin/env dotnet
#:package Microsoft.CodeAnalysis.CSharp
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

// Small mistakes, one at a time, in folders of the product, and whether the tests notice: dotnet run tests/mutate.cs -- gateway/Sockets
// It works on a copy in the system's temporary folder. All mistakes are built in at once, each behind a switch that the environment turns on, so that one costs no
// build; a first run without a mistake writes down which test class comes past which of them, so that one costs a run of those alone. README.md says what it
// costs and what came of it.

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

const string Switch = "YARPWS_MISTAKE";
const string Record = "YARPWS_MISTAKES_REACHED";
const int MaxTries = 3;

if (args is not [var first, .. var rest] || rest.Any(option => !Regex.IsMatch(option, "^(count|skip|seed|seconds|project|tests|explicit|only)=.")))
{
    Console.Error.WriteLine("Usage: dotnet run tests/mutate.cs -- FOLDER_OR_FILE,... [count=20] [skip=0] [seed=1] [seconds=170] [project=TEST_PROJECT] [tests=NAMESPACE_OR_CLASS,...] [explicit=on] [only=NUMBER,...]");
    return 2;
}

var root = Directory.GetCurrentDirectory();
var places = first.Split(',').Select(place => place.TrimEnd('/')).ToArray();
var (count, skip, seed) = (Number("count", 20), Number("skip", 0), Number("seed", 1));
var deadline = Stopwatch.GetTimestamp() + (Number("seconds", 170) * Stopwatch.Frequency);
var only = Option("only")?.Split(',').Select(int.Parse).ToHashSet();
var (project, product) = places[0].Split('/') switch
{
    ["gateway", "Platform", ..] => ("YarpWs.Platform.Tests", "gateway/Platform/"),
    ["gateway", ..] => ("YarpWs.Gateway.Tests", "gateway/"),
    ["backend", ..] => ("YarpWs.Backend.Tests", "backend/"),
    _ => throw new ArgumentException($"'{places[0]}' is no folder of the product."),
};

project = Option("project") ?? project;

// Whose tests these are: those of the folders, where nobody names others.
var tests = (Option("tests") ?? string.Join(',', places.Where(place => place.StartsWith(product, StringComparison.Ordinal)).Select(place => Regex.Replace(place[product.Length..], @"/?[^/]*\.cs$", "").Replace('/', '.'))))
    .Split(',').Select(name => $"{project}.{name}").ToArray();

// 1. A copy of what is here, committed or not; what has not changed keeps its time, and so its build.
var copy = Path.Combine(Path.GetTempPath(), "yarpws-mistakes");
var state = Path.Combine(copy, "artifacts", "mistakes");
var content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
content.AppendData(Encoding.UTF8.GetBytes($"{first} {count} {skip} {seed} {string.Join(',', tests)} {Option("explicit")}"));
var files = places.SelectMany(place => Directory.Exists(place) ? Directory.GetFiles(place, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray() : [place]).ToArray();
var kept = Run("git", ["ls-files", "--cached", "--others", "--exclude-standard"], root).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(root, file))).ToHashSet();
foreach (var file in kept)
{
    var bytes = File.ReadAllBytes(Path.Combine(root, file));
    content.AppendData(bytes);
    if (file.EndsWith("Support/Deadline.cs", StringComparison.Ordinal))
    {
        // Many mistakes are noticed by a wait that does not end.
        bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("FromMinutes(1)", "FromSeconds(20)", StringComparison.Ordinal));
    }

    if (!files.Contains(file))
    {
        Write(file, bytes);
    }
}

Directory.CreateDirectory(Path.GetDirectoryName(state)!);
foreach (var old in new[] { "backend", "gateway", "tests" }.SelectMany(folder => Directory.GetFiles(Path.Combine(copy, folder), "*.cs", SearchOption.AllDirectories)).Select(old => Path.GetRelativePath(copy, old))
    .Where(old => !kept.Contains(old) && old != Sources.MistakeFile && old != Sources.WatchFile(project)))
{
    File.Delete(Path.Combine(copy, old));
}

// 2. Which mistakes: by chance, the same for the same seed, as many of each place.
var trees = files.ToDictionary(file => file, file => CSharpSyntaxTree.ParseText(File.ReadAllText(file)));
var chosen = new List<Mistake>();
foreach (var place in places)
{
    var all = files.Where(file => file == place || file.StartsWith(place + "/", StringComparison.Ordinal))
        .SelectMany(file => trees[file].GetRoot().DescendantNodes().SelectMany(node => Mistakes.Of(node).Select(kind => new Mistake(place, file, node, kind)))).ToArray();
    new Random(seed).Shuffle(all);
    chosen.AddRange(all.Skip(skip).Take(count));
    Console.WriteLine($"{place}: {all.Length} mistakes can be made; {Math.Clamp(all.Length - skip, 0, count)} of them are, from number {skip + 1} on, with seed {seed}.");
}

chosen = [.. chosen.Select((mistake, index) => mistake with { Number = index + 1 })];

// 3. One build with all of them, and one run that writes down who comes past which, unless both are there. What does not compile is left out.
var key = Convert.ToHexString(content.GetHashAndReset());
var (reached, took) = (new Dictionary<int, HashSet<string>>(), new Dictionary<string, TimeSpan>());
if (!File.Exists(state) || File.ReadLines(state).First() != key)
{
    File.Delete(state);
    if (!Build() || !Watch())
    {
        return 1;
    }
}

foreach (var line in File.ReadLines(state).Skip(1).Select(line => line.Split(' ')))
{
    switch (line)
    {
        case ["left", var number]:
            chosen.RemoveAll(mistake => mistake.Number == Parse(number));
            break;
        case ["took", var test, var milliseconds]:
            took[test] = TimeSpan.FromMilliseconds(Parse(milliseconds));
            break;
        case ["reached", var number, .. var classes]:
            reached[Parse(number)] = [.. classes];
            break;
    }
}

// 4. The tests that come past a mistake, the fast ones first. A run that does not end has noticed.
var score = places.ToDictionary(place => place, _ => (Made: 0, Noticed: 0));
foreach (var mistake in chosen.Where(mistake => only?.Contains(mistake.Number) != false))
{
    if (Stopwatch.GetTimestamp() > deadline)
    {
        Console.WriteLine($"The time is over; go on with only={string.Join(',', chosen.Where(later => later.Number >= mistake.Number && only?.Contains(later.Number) != false).Select(later => later.Number))}.");
        break;
    }

    var began = Stopwatch.GetTimestamp();
    var noticed = Try(mistake);
    var (made, found) = score[mistake.Place];
    score[mistake.Place] = (made + 1, found + (noticed is null ? 0 : 1));
    Console.WriteLine($"{(noticed is not null ? "noticed" : reached.ContainsKey(mistake.Number) ? "NOT NOTICED" : "NOT REACHED")} {mistake.Number}: {mistake.File}:{mistake.Line}: {mistake.Kind}: "
        + $"{Regex.Replace(mistake.Node.ToString(), @"\s+", " ")} ({noticed}{(noticed is null ? "" : ", ")}{Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s)");
}

foreach (var (place, (made, noticed)) in score)
{
    Console.WriteLine($"{place}: {noticed} of {made} were noticed.");
}

return 0;

string? Option(string name) => rest.FirstOrDefault(option => option.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

int Number(string name, int otherwise) => Option(name) is { } text ? Parse(text) : otherwise;

static int Parse(string text) => int.Parse(text, CultureInfo.InvariantCulture);

bool Build()
{
    var left = new List<string>();
    Write(Sources.MistakeFile, Encoding.UTF8.GetBytes(Sources.Mistake(Switch, Record)));
    Write(Sources.WatchFile(project), Encoding.UTF8.GetBytes(Sources.Watch));
    for (var round = 0; ; round++)
    {
        foreach (var file in files)
        {
            Write(file, Encoding.UTF8.GetBytes(new Rewriter([.. chosen.Where(mistake => mistake.File == file)]).Visit(trees[file].GetRoot())!.ToFullString()));
        }

        var build = Run("dotnet", ["build", "-v", "q", $"tests/{project}", "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false", "-p:GenerateDocumentationFile=false"], copy);
        if (build.Code == 0)
        {
            File.WriteAllLines(state + ".build", left);
            return true;
        }

        var lines = Regex.Matches(build.Output, @"([^\s(]+\.cs)\((\d+),\d+\): error (\w+)").Select(match => (File: Path.GetRelativePath(copy, match.Groups[1].Value), Line: Parse(match.Groups[2].Value), Error: match.Groups[3].Value)).ToHashSet();
        var faulty = lines.SelectMany(line => Regex.Matches(File.ReadLines(Path.Combine(copy, line.File)).ElementAt(line.Line - 1), @"Mistake\.Is\((\d+)\)")).Select(match => Parse(match.Groups[1].Value)).ToHashSet();
        if (faulty.Count == 0)
        {
            // An error elsewhere than at its mistake: a path without a value (CS0161) is told at its method's head, what may be unassigned behind it.
            faulty = [.. lines.Select(line => line.Error == "CS0161"
                ? chosen.Where(mistake => mistake.File == line.File && mistake.Line >= line.Line).MinBy(mistake => mistake.Line)?.Number ?? 0
                : chosen.Where(mistake => mistake.File == line.File && mistake.Line <= line.Line).MaxBy(mistake => mistake.Line)?.Number ?? 0)];
        }

        left.AddRange(faulty.Select(number => $"left {number}"));
        if (round == 8 || chosen.RemoveAll(mistake => faulty.Contains(mistake.Number)) == 0)
        {
            Console.Error.WriteLine(build.Output);
            return false;
        }
    }
}

// The tests notice nothing that is not there: a class that fails without a mistake is left out.
bool Watch()
{
    var began = Stopwatch.GetTimestamp();
    var record = state + ".reached";
    foreach (var old in Directory.GetFiles(Path.GetDirectoryName(record)!, Path.GetFileName(record) + ".*"))
    {
        File.Delete(old);
    }

    var right = Test(0, null, [.. tests.SelectMany(name => new[] { "-class", name, "-class", name.TrimEnd('*', '.') + ".*" })], record);
    var failed = Regex.Matches(right.Output, @"^\s+(\S+?)\.[^.\s(]+(?:\(.*)? \[FAIL\]", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToHashSet();
    var lines = Directory.GetFiles(Path.GetDirectoryName(record)!, Path.GetFileName(record) + ".*").SelectMany(File.ReadLines).Select(line => line.Split(' ')).ToArray();
    var classes = lines.Where(line => line[0] == "class" && !failed.Contains(line[1])).Select(line => (Name: line[1], First: Parse(line[2]), Last: Parse(line[3]), Took: line[4])).ToArray();
    if (classes.Length == 0)
    {
        Console.Error.WriteLine(right.Output);
        return false;
    }

    // Who comes past it on a thread that no test began, or in another process, is one of those that ran just then.
    var past = lines.Where(line => line[0] == "mistake")
        .SelectMany(line => int.TryParse(line[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var at)
            ? classes.Where(test => test.First - 2000 <= at && at <= test.Last + 2000).Select(test => (Number: Parse(line[1]), test.Name))
            : classes.Where(test => test.Name == line[2]).Select(test => (Number: Parse(line[1]), test.Name)))
        .GroupBy(pass => pass.Number, pass => pass.Name);
    File.WriteAllLines(state, [
        key,
        .. File.ReadLines(state + ".build"),
        .. classes.Select(test => $"took {test.Name} {test.Took}"),
        .. past.Select(passes => $"reached {passes.Key} {string.Join(' ', passes.Distinct())}"),
    ]);
    Console.WriteLine($"{Regex.Match(right.Output, @"Total: (\d+)").Groups[1].Value} tests take {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s; {chosen.Count} mistakes compile.{(failed.Count == 0 ? "" : $" Left out, as they fail without a mistake: {string.Join(", ", failed)}.")}");
    return true;
}

// What noticed it, or null. The folder's own tests come first; of others, as many as take three quarters of a minute by themselves.
string? Try(Mistake mistake)
{
    var own = $"{project}.{mistake.Place[Math.Min(mistake.Place.Length, product.Length)..].Replace('/', '.')}";
    var patience = TimeSpan.FromSeconds(45);
    var classes = new Queue<string>(reached.GetValueOrDefault(mistake.Number, []).OrderByDescending(name => name.StartsWith(own, StringComparison.Ordinal)).ThenBy(name => took[name])
        .TakeWhile(name => name.StartsWith(own, StringComparison.Ordinal) || (patience -= took[name]) > TimeSpan.Zero));
    for (var most = TimeSpan.FromSeconds(4); classes.Count > 0; most *= 5)
    {
        var batch = new List<string>();
        for (var sum = TimeSpan.Zero; classes.TryPeek(out var next) && (batch.Count == 0 || sum + took[next] < most); sum += took[next])
        {
            batch.Add(classes.Dequeue());
        }

        // On a busy machine it may be the machine that they notice: those that fail must pass without the mistake, in the same time.
        string[] which = [.. batch.SelectMany(name => new[] { "-class", name })];
        var longest = (2 * batch.Aggregate(TimeSpan.Zero, (sum, name) => sum + took[name])) + TimeSpan.FromSeconds(12);
        for (var tries = 1; tries <= MaxTries && Test(mistake.Number, longest, which) is { Code: not 0 } run; tries++, longest *= 2)
        {
            var failure = Regex.Match(run.Output, @"^\s+(\S+?)(\.[^.\s(]+)(?:\(.*)? \[FAIL\]", RegexOptions.Multiline);
            if (Test(0, longest, failure.Success ? ["-class", failure.Groups[1].Value] : which).Code == 0)
            {
                return failure.Success ? (failure.Groups[1].Value + failure.Groups[2].Value)[(project.Length + 1)..] : "does not end";
            }
        }
    }

    return null;
}

(int Code, string Output) Test(int number, TimeSpan? longest, string[] which, string record = "") =>
    Run("setsid", ["dotnet", Path.Combine(copy, "artifacts", "bin", project, "debug", project + ".dll"), .. which, "-explicit", Option("explicit") ?? "off", .. record.Length > 0 ? Array.Empty<string>() : ["-stopOnFail"], "-noColor"], copy, number, longest, record);

void Write(string file, byte[] bytes)
{
    var path = Path.Combine(copy, file);
    if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}

static (int Code, string Output) Run(string program, string[] arguments, string folder, int mistake = 0, TimeSpan? longest = null, string record = "")
{
    var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
    start.Environment[Switch] = mistake.ToString(CultureInfo.InvariantCulture);
    start.Environment[Record] = record;
    using var process = Process.Start(start)!;
    var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    var hasEnded = process.WaitForExit(longest ?? Timeout.InfiniteTimeSpan);
    if (program == "setsid")
    {
        // Tests that stop at the first failure may leave servers behind, and those hold the output open.
        using var kill = Process.Start(new ProcessStartInfo("kill", ["-KILL", "--", $"-{process.Id}"]) { RedirectStandardError = true })!;
        kill.WaitForExit();
    }

    process.WaitForExit();
    if (!hasEnded)
    {
        return (-1, "");
    }

    return (process.ExitCode, output.Result + errors.Result);
}

/// <summary>What is built into the copy besides.</summary>
internal static class Sources
{
    public const string MistakeFile = "gateway/Platform/Mistake.cs";

    /// <summary>Into the test project: who is running.</summary>
    public const string Watch = """
        [assembly: Watch]

        [System.AttributeUsage(System.AttributeTargets.Assembly)]
        internal sealed class WatchAttribute : Xunit.v3.BeforeAfterTestAttribute
        {
            [System.Runtime.CompilerServices.ModuleInitializer]
            internal static void Tell() => Mistake.Test = static () => Xunit.TestContext.Current.TestClass?.TestClassName;

            public override void Before(System.Reflection.MethodInfo methodUnderTest, Xunit.v3.IXunitTest test) => Mistake.Began(test.TestCase.TestMethod.TestClass.TestClassName);

            public override void After(System.Reflection.MethodInfo methodUnderTest, Xunit.v3.IXunitTest test) => Mistake.Ended(test.TestCase.TestMethod.TestClass.TestClassName);
        }
        """;

    public static string WatchFile(string project) => $"tests/{project}/Watch.cs";

    /// <summary>Into the product: which mistake is made now, and in a first run, what comes past each.</summary>
    public static string Mistake(string made, string record) => $$"""
        using System;
        using System.Collections.Concurrent;
        using System.IO;
        using System.Linq;

        internal static class Mistake
        {
            public static Func<string?> Test = static () => null;

            private static readonly int Made = int.Parse(Environment.GetEnvironmentVariable("{{made}}") ?? "0", System.Globalization.CultureInfo.InvariantCulture);
            private static readonly string? Record = Environment.GetEnvironmentVariable("{{record}}") is { Length: > 0 } path ? path : null;
            private static readonly ConcurrentDictionary<(int Number, string Test), bool> Past = new();
            private static readonly ConcurrentDictionary<string, (int First, int Last, int Took, int Began)> Tests = new();

            static Mistake()
            {
                if (Record is not null)
                {
                    AppDomain.CurrentDomain.ProcessExit += static (_, _) => File.WriteAllLines($"{Record}.{Environment.ProcessId}", [
                        .. Past.Keys.Select(pass => $"mistake {pass.Number} {pass.Test}"),
                        .. Tests.Select(test => $"class {test.Key} {test.Value.First} {test.Value.Last} {test.Value.Took}"),
                    ]);
                }
            }

            public static bool Is(int number)
            {
                if (Record is not null)
                {
                    Past.TryAdd((number, Test() ?? (Environment.TickCount / 250 * 250).ToString(System.Globalization.CultureInfo.InvariantCulture)), true);
                }

                return number == Made;
            }

            public static void Began(string test)
            {
                var now = Environment.TickCount;
                Tests.AddOrUpdate(test, (now, now, 0, now), (_, known) => known with { Began = now });
            }

            public static void Ended(string test)
            {
                var now = Environment.TickCount;
                Tests.AddOrUpdate(test, (now, now, 0, now), (_, known) => known with { Last = now, Took = known.Took + now - known.Began });
            }
        }
        """;
}

/// <summary>One mistake.</summary>
/// <param name="Place">The folder or file whose score it counts for.</param>
/// <param name="File">Where it is made, from the repository's root.</param>
/// <param name="Node">What is changed.</param>
/// <param name="Kind">How.</param>
internal sealed record Mistake(string Place, string File, SyntaxNode Node, string Kind)
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
