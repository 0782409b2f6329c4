using System.CommandLine;

namespace YarpWs.Gateway.Routes.Verbs;

/// <summary>The verbs of <c>yarpws</c> that are about routes.</summary>
internal static class RouteVerbs
{
    /// <summary>What goes over the settings of a gateway that is built to be looked at: its log would stand among what is printed.</summary>
    public static readonly KeyValuePair<string, string?>[] Quiet = [new("Logging:Console:LogLevel:Default", "None")];

    public static void AddTo(Command root)
    {
        root.Subcommands.Add(CheckVerb.Create());
        root.Subcommands.Add(PlanVerb.Create());
        root.Subcommands.Add(ExplainVerb.Create());
        root.Subcommands.Add(RollbackVerb.Create());
    }
}
