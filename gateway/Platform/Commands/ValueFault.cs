using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using YarpWs.Platform.Settings;

namespace YarpWs.Platform.Commands;

/// <summary>What is wrong with a value of a command line, in one line: the library's own sentences name types of the program, or take several.</summary>
internal static class ValueFault
{
    public static string Describe(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Option: var option } result => Describe(error, option, option.ValueType, result.Tokens, absence: "needs a value"),
        ArgumentResult { Parent: OptionResult { Option: var option } } result => Describe(error, option, option.ValueType, result.Tokens, absence: "needs a value"),
        ArgumentResult { Argument: var argument } result => Describe(error, argument, argument.ValueType, result.Tokens, absence: "is missing"),
        _ => error.Message,
    };

    private static string Describe(ParseError error, Symbol symbol, Type type, IReadOnlyList<Token> tokens, string absence)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var choices = symbol.GetCompletions(CompletionContext.Empty).Select(word => word.Label).ToList();
        return tokens switch
        {
            [] => $"{symbol.Name} {absence}{(choices.Count > 0 ? $"; expected {Nearest.OneOf(choices)}" : "")}.",
            [{ Value: var value }, ..] when choices.Count > 0 => $"{symbol.Name}: '{value}' is not known; expected {Nearest.OneOf(choices)}.",
            [{ Value: var value }, ..] when error.Message.Contains(type.FullName!, StringComparison.Ordinal) => $"{symbol.Name}: '{value}' cannot be read; expected {Bounds.Expected(type)}.",
            _ => error.Message,
        };
    }
}
