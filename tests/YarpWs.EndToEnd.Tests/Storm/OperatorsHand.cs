using YarpWs.Tests.Redis;

namespace YarpWs.EndToEnd.Tests.Storm;

/// <summary>What an operator does to a server of Redis in the middle of a storm.</summary>
internal static class OperatorsHand
{
    /// <summary>Gives one command, again until the server takes it: the hand's own connection may be cut as well.</summary>
    public static Task TellAsync(this RedisProcess server, string command, params object[] arguments) => server.WaitAsync($"it takes {command}", async told =>
    {
        await told.ExecuteAsync(command, arguments);
        return true;
    });
}
