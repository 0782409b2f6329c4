using System.CommandLine;
using System.Globalization;
using YarpWs.Gateway.Import.Grammar;
using YarpWs.Gateway.Setup;

namespace YarpWs.Gateway.Import;

/// <summary><c>yarpws import nginx FILE</c>: makes settings of an nginx configuration, and says what becomes of each directive.</summary>
internal static class ImportVerb
{
    public static Command Create() => new("import", "Makes settings of the configuration of another server.") { Nginx() };

    private static Command Nginx()
    {
        var file = new Argument<string?>("FILE") { Description = "nginx.conf, or a file of conf.d; what it includes is read as well.", Arity = ArgumentArity.ZeroOrOne };
        var output = new Option<string>("--output") { Description = "The settings to write.", HelpName = "FILE", DefaultValueFactory = _ => "gateway.json" };
        var report = new Option<string?>("--report") { Description = "Where to write a line for each directive, as Markdown. Default: those that are not supported are printed.", HelpName = "FILE" };
        var allow = new Option<string[]>("--allow") { Description = "The name of a directive that may be lost, such as limit_req. May be given several times.", HelpName = "NAME" };
        var explain = new Option<string?>("--explain") { Description = "Writes nothing, and says what becomes of the directives in one line of the configuration.", HelpName = "FILE:LINE" };
        var command = new Command(
            "nginx", "Makes settings of an nginx configuration. Ends with 0, or with 1 where answers may differ by something that is not supported and not allowed.") { file, output, report, allow, explain };
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(file) is null && parsed.GetValue(explain) is null)
            {
                parsed.AddError("Name the configuration: yarpws import nginx /etc/nginx/nginx.conf");
            }
        });
        command.SetAction(parsed =>
        {
            var console = parsed.InvocationConfiguration;
            var allowed = parsed.GetValue(allow) ?? [];
            try
            {
                return parsed.GetValue(explain) is { } line
                    ? Explain(line, parsed.GetValue(file), allowed, console)
                    : Import(parsed.GetRequiredValue(file)!, parsed.GetRequiredValue(output), parsed.GetValue(report), allowed, console);
            }
            catch (Exception exception) when (exception is NginxSyntaxException or IOException or UnauthorizedAccessException)
            {
                console.Error.WriteLine(exception.Message);
                return 1;
            }
        });
        return command;
    }

    private static int Import(string file, string output, string? report, string[] allowed, InvocationConfiguration console)
    {
        NewFile.Refuse([output, .. report is null ? (string[])[] : [report]]);
        var import = new NginxImport(file, allowed);
        NewFile.Write(output, import.Settings);
        console.Output.WriteLine($"Wrote {output}");
        if (report is not null)
        {
            NewFile.Write(report, import.Report.ToMarkdown(file, allowed));
            console.Output.WriteLine($"Wrote {report}");
        }

        var lines = import.Report.Lines;
        console.Output.WriteLine(string.Join(", ", Enum.GetValues<ImportOutcome>().OrderDescending().Select(outcome => $"{lines.Count(line => line.Outcome == outcome)} {ImportReport.NameOf(outcome)}")) + ".");
        foreach (var line in lines.Where(line => line.Outcome == ImportOutcome.Unsupported))
        {
            console.Output.WriteLine(Describe(line));
        }

        var refused = import.Report.Refused(allowed);
        if (refused.Count == 0)
        {
            return 0;
        }

        console.Error.WriteLine($"Answers may differ from nginx's. Change what is named above, or accept it: {string.Join(' ', refused.Select(name => $"--allow {name}"))}");
        return 1;
    }

    private static int Explain(string place, string? file, string[] allowed, InvocationConfiguration console)
    {
        var colon = place.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(place[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            console.Error.WriteLine($"'{place}' is no line; write FILE:LINE, such as nginx.conf:12.");
            return 1;
        }

        var name = Path.GetFullPath(place[..colon]);
        var found = new NginxImport(file ?? name, allowed).Report.Lines.Where(line => line.Directive.Location.Line == number && Path.GetFullPath(line.Directive.Location.File) == name).ToList();
        foreach (var line in found)
        {
            console.Output.WriteLine(Describe(line));
        }

        if (found.Count == 0)
        {
            console.Error.WriteLine($"No directive begins in {place}.");
        }

        return found.Count > 0 ? 0 : 1;
    }

    private static string Describe(ReportLine line) => $"{line.Directive.Location}: {line.Directive}: {ImportReport.NameOf(line.Outcome)}. {string.Join(' ', line.Whys)}";
}
