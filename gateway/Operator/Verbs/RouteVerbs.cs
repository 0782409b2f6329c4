using System.CommandLine;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary>The verbs of <c>yarpws</c> that are about routes.</summary>
internal static class RouteVerbs
{
    /// <summary>What goes over the settings of a gateway that is built to be looked at: its log would stand among what is printed.</summary>
    public static readonly KeyValuePair<string, string?>[] Quiet = [new("Logging:Console:LogLevel:Default", "None")];

    /// <param name="root">Gets the verbs.</param>
    /// <param name="build">Builds, and does not start, a gateway with the settings of a file; what it cannot run with is thrown.</param>
    public static void AddTo(Command root, Func<string, WebApplication> build)
    {
        root.Subcommands.Add(CheckVerb.Create(build));
        root.Subcommands.Add(PlanVerb.Create());
        root.Subcommands.Add(ExplainVerb.Create(build));
        root.Subcommands.Add(RollbackVerb.Create());
    }
}
