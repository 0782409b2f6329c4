using System.CommandLine;

namespace YarpWs.Gateway.Tests.Setup;

/// <summary>Runs the executable's command line as its user would, without the process.</summary>
internal static class CommandRun
{
    public static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await YarpwsCommand.Create().InvokeAsync(args, new InvocationConfiguration { Output = output, Error = error }, Deadline.Token());
        return (code, output.ToString(), error.ToString());
    }
}
