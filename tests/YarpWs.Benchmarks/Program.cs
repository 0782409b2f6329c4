using System.CommandLine;
using YarpWs.Benchmarks;
using YarpWs.Benchmarks.Figures;
using YarpWs.Benchmarks.Hosted;

var root = new RootCommand("Measures the product side by side with its peers, in one run on one machine.");

var figures = new Argument<string[]>("FIGURE") { Description = "The figures to measure; all for every one.", Arity = ArgumentArity.OneOrMore };
var rounds = new Option<int>("--rounds") { Description = "Rounds of each figure, at least 1.", DefaultValueFactory = _ => 5 };
var smoke = new Option<bool>("--smoke") { Description = "One tiny round: shows that everything works, and times nothing." };
var json = new Option<string?>("--json") { Description = "A file to write the outcome to as JSON, - for the output. Default none." };
var record = new Option<bool>("--record") { Description = "Puts the tables into RESULTS.md beside the project." };
var before = new Option<DirectoryInfo>("--before") { Description = "A checkout with another Release build of the product: compares with that one and not with the peers. Nothing is recorded." };
before.AcceptExistingOnly();
var peers = new Option<string[]>("--peer") { Description = "A peer to compare with, by its name in the tables, and no other; may be given several times. Nothing is recorded." };
figures.AcceptOnlyFromAmong([FigureList.Every, .. FigureList.All.Select(figure => figure.Name)]);
rounds.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() < 1)
    {
        result.AddError("--rounds must be at least 1.");
    }
});

root.Arguments.Add(figures);
foreach (var option in (Option[])[rounds, smoke, json, record, before, peers])
{
    root.Options.Add(option);
}

root.SetAction((parsed, stop) => BenchmarkRun.RunAsync(
    parsed.GetRequiredValue(figures), parsed.GetValue(rounds), parsed.GetValue(smoke), parsed.GetValue(json), parsed.GetValue(record), parsed.GetValue(before)?.FullName, parsed.GetValue(peers) ?? [], stop));

var list = new Command("list", "Names the figures.");
list.SetAction(_ =>
{
    foreach (var figure in FigureList.All)
    {
        Console.WriteLine($"{figure.Name,-16} {figure.Title}");
    }
});
root.Subcommands.Add(list);

foreach (var server in HiddenVerbs.Commands())
{
    root.Subcommands.Add(server);
}

// Told to stop, a run ends its servers first; the servers themselves have nothing to finish.
var command = root.Parse(args);
TimeSpan? patience = command.CommandResult.Command.Hidden ? null : TimeSpan.FromMinutes(2);
return await command.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = patience });
