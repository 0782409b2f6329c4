using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using YarpWs.Platform.Settings;

namespace YarpWs.Platform.Commands;

/// <summary>
/// An executable's command line: one command and its verbs, of which <c>run</c> need not be said. Exit codes: 0 done, 1 refused or failed, 2 where a
/// verb's help says so.
/// </summary>
internal sealed class CommandLine
{
    private readonly Command _top;
    private readonly Command _run;

    /// <param name="name">What users type, whatever the file is called that runs.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="run">What happens without a verb.</param>
    /// <param name="verbs">All others.</param>
    public CommandLine(string name, string description, Command run, params ReadOnlySpan<Command> verbs)
    {
        _run = run;
        _top = new Command(name, $"{description}\n\n  {name} FILE is short for {name} run FILE.") { new HelpOption(), new VersionOption(), run };
        foreach (var verb in verbs)
        {
            _top.Subcommands.Add(verb);
        }

        _top.Subcommands.Add(Completion(name));
        _top.Subcommands.Add(Complete());
    }

    /// <param name="args">As the process got them.</param>
    /// <param name="console">Where it prints; null for the process's own console.</param>
    /// <param name="stop">Ends a verb early.</param>
    public async Task<int> InvokeAsync(string[] args, InvocationConfiguration? console = null, CancellationToken stop = default)
    {
        args = args is ["help", .. var asked] ? [.. asked, "--help"] : args;

        // The host ends on Ctrl+C and SIGTERM by itself, with goodbyes; the library would cut it short.
        console ??= new InvocationConfiguration { ProcessTerminationTimeout = null };
        var parsed = _top.Parse(IsRun(args) ? [_run.Name, .. args] : args);
        if (Complaint(args, parsed) is { } complaint)
        {
            await console.Error.WriteLineAsync(complaint);
            await console.Error.WriteLineAsync($"See {PathOf(parsed.CommandResult.Command)} --help.");
            return 1;
        }

        return await parsed.InvokeAsync(console, stop);
    }

    private string? Complaint(string[] args, ParseResult parsed)
    {
        if (IsUnknownVerb(args) && !IsRun(args))
        {
            return $"{args[0]} is no verb and no file; {Nearest.Hint(args[0], _top.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name))}";
        }

        // The library takes an option that it does not know for an argument, such as a file's name.
        var command = parsed.CommandResult;
        var stray = command.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value).Concat(parsed.UnmatchedTokens)
            .FirstOrDefault(value => value.StartsWith('-'));
        if (stray is not null && !args.Contains("--"))
        {
            return $"no option '{stray}'; {Nearest.Hint(stray, command.Command.Options.Select(option => option.Name))}";
        }

        if (parsed.Action is not ParseErrorAction)
        {
            return null;
        }

        var verbs = command.Command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name).ToList();
        return parsed.UnmatchedTokens switch
        {
            [var word, ..] when verbs.Count > 0 => $"{PathOf(command.Command)} has no verb '{word}'; {Nearest.Hint(word, verbs)}",
            [var word, ..] => $"'{word}' is one word more than {PathOf(command.Command)} takes.",
            [] when verbs.Count > 0 && command.Command.Action is null => $"{PathOf(command.Command)} needs a verb; expected {Nearest.OneOf(verbs)}.",
            [] => ValueFault.Describe(parsed.Errors[0]),
        };
    }

    /// <summary>Nothing, or a file where a verb would stand. A word without a dot or a slash that is no file is a verb that was misspelt.</summary>
    private bool IsRun(string[] args) =>
        args.Length == 0
        || (IsUnknownVerb(args) && (args[0].AsSpan().ContainsAny('.', '/', '\\') || File.Exists(args[0])));

    private bool IsUnknownVerb(string[] args) => args.Length > 0 && !args[0].StartsWith('-') && !_top.Subcommands.Any(verb => verb.Name == args[0]);

    private static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : command.Name;

    /// <summary>The script that makes a shell ask <see cref="Complete"/>.</summary>
    private static Command Completion(string name)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", $"Prints what makes a shell complete {name}: source <({name} completion bash)") { shell };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(parsed.GetRequiredValue(shell) switch
        {
            "bash" => $$"""
                _{{name.Replace('-', '_')}}() {
                  mapfile -t COMPREPLY < <({{name}} complete "$COMP_POINT" "$COMP_LINE" 2>/dev/null)
                  ((${#COMPREPLY[@]})) || mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
                }
                complete -F _{{name.Replace('-', '_')}} {{name}}
                """,
            "zsh" => $$"""
                #compdef {{name}}
                _{{name.Replace('-', '_')}}() {
                  local words_found=("${(@f)$({{name}} complete "${#BUFFER}" "$BUFFER" 2>/dev/null)}")
                  [[ -n $words_found ]] && compadd -a words_found || _files
                }
                compdef _{{name.Replace('-', '_')}} {{name}}
                """,
            _ => $$"""complete -c {{name}} -a '({{name}} complete (commandline -C) (commandline))'""",
        }));
        return command;
    }

    private Command Complete()
    {
        var position = new Argument<int>("POSITION");
        var line = new Argument<string>("LINE");
        var command = new Command("complete", "Prints the words that may stand at a position of a line; for shells.") { position, line };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            var text = parsed.GetRequiredValue(line);
            foreach (var word in _top.Parse(text).GetCompletions(Math.Clamp(parsed.GetValue(position), 0, text.Length)).Select(word => word.Label).Distinct())
            {
                parsed.InvocationConfiguration.Output.WriteLine(word);
            }
        });
        return command;
    }
}
