using System.CommandLine;

namespace YarpWs.Gateway.Operator.Verbs;

/// <summary><c>yarpws sockets</c>: the live sockets of a gateway. Without a further word it lists them.</summary>
internal static class SocketsVerb
{
    public static Command Create()
    {
        var sockets = new Command("sockets", "The live sockets of a running gateway.") { SocketsShowVerb.Create(), SocketsCloseVerb.Create(), SocketsTotalsVerb.Create() };
        var list = new Command("list", "Lists sockets. This is also what happens without a further word.");
        SocketsListVerb.Complete(sockets);
        SocketsListVerb.Complete(list);
        sockets.Subcommands.Add(list);
        return sockets;
    }
}
