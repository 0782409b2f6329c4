using StackExchange.Redis;
using YarpWs.Platform.Redis;

namespace YarpWs.Platform.Tests.Redis;

/// <summary>What an operator reads of a Redis that does not serve, where nothing tells the cause: no name of a type, and none of the library's counters.</summary>
public sealed class RedisProblemTests
{
    public static TheoryData<Exception, string, string> Failures => new()
    {
        {
            new RedisConnectionException(ConnectionFailureType.UnableToResolvePhysicalConnection, CommandFlags.None, "No connection is active/available to service this operation: GET a; serverEndpoint: 127.0.0.1:6379, mc: 1/1/0", null, CommandStatus.Unknown),
            "There is no connection to it: it has stopped, or the way to it is cut.",
            "away (no connection)"
        },
        { new RedisTimeoutException(CommandFlags.None, "Timeout awaiting response (outbound=0KiB, inbound=0KiB), command=GET", CommandStatus.Sent), "It did not answer in time.", "away (no answer in time)" },
        { new TimeoutException(), "It did not answer in time.", "away (no answer in time)" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Failure_IsSaidInWords(Exception failure, string sentence, string state)
    {
        Assert.Equal(sentence, RedisProblem.Describe(failure, hasPassword: false));
        Assert.Equal(state, RedisProblem.State(failure));
    }
}
