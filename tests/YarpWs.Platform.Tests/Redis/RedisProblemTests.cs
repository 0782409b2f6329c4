using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;
using YarpWs.Platform.Redis;

namespace YarpWs.Platform.Tests.Redis;

/// <summary>What an operator reads of a Redis that does not serve: no name of a type, and none of the library's counters.</summary>
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

    [Theory]
    [InlineData("WRONGPASS invalid username-password pair or user is disabled.", "It refuses the user or the password (WRONGPASS).", true)]
    [InlineData("NOAUTH Authentication required.", "Redis:Configuration has none.", true)]
    [InlineData("NOPERM User rooms has no permissions to run the 'zadd' command; mc: 1/1/0", "It says: NOPERM User rooms has no permissions to run the 'zadd' command.", true)]
    [InlineData("ERR This user can't run this command script: on @user_script:1.", "what its scripts need (NOPERM)", false)]
    [InlineData("ERR This user can't access at least one of the keys mentioned in the command arguments", "what its scripts need (NOPERM)", false)]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.", "It is full", true)]
    [InlineData("NOREPLICAS Not enough good replicas to write.", "min-replicas-to-write", false)]
    [InlineData("READONLY You can't write against a read only replica.", "It is a replica", false)]
    [InlineData("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", "could not save to its disk", false)]
    [InlineData("LOADING Redis is loading the dataset in memory", "It is loading its data.", false)]
    [InlineData("CLUSTERDOWN The cluster is down", "The Cluster has no master", false)]
    public void Refusal_IsKnown_AlsoBeneathWhatTheLibraryMakesOfIt(string answer, string sentence, bool isLasting)
    {
        var refusal = new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, answer);

        Assert.All<Exception>(
            [
                refusal,
                new RedisConnectionException(ConnectionFailureType.AuthenticationFailure, CommandFlags.None, "It was not possible to connect", refusal, CommandStatus.Unknown),
                new AggregateException(new IOException("The connection is broken."), refusal),
            ],
            failure =>
            {
                Assert.Contains(sentence, RedisProblem.Describe(failure, hasPassword: false), StringComparison.Ordinal);
                Assert.True(RedisProblem.IsKnown(failure, hasPassword: false));
                Assert.Equal(isLasting, RedisProblem.IsLasting(failure));
            });
    }

    [Fact]
    public void Redis_ThatAsksForALoginAfterOne_HasRefusedIt()
    {
        var refusal = new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, "NOAUTH Authentication required.");

        Assert.Contains("(WRONGPASS)", RedisProblem.Describe(refusal, hasPassword: true), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SocketError.HostNotFound, "There is no host", true)]
    [InlineData(SocketError.NoData, "There is no host", true)]
    [InlineData(SocketError.TryAgain, "There is no host", false)]
    [InlineData(SocketError.ConnectionRefused, "Nothing listens", false)]
    public void Host_ThatIsNotThere_IsKnown(SocketError error, string sentence, bool isLasting)
    {
        var failure = new SocketException((int)error);

        Assert.Contains(sentence, RedisProblem.Describe(failure, hasPassword: false), StringComparison.Ordinal);
        Assert.Equal((isLasting, "away (no connection)"), (RedisProblem.IsLasting(failure), RedisProblem.State(failure)));
    }

    [Fact]
    public void Certificate_ThatIsNotAccepted_IsKnown_AndNoWaitingMendsIt()
    {
        var failure = new AuthenticationException("The remote certificate is invalid: RemoteCertificateNameMismatch.");

        Assert.StartsWith("Its certificate is not accepted: The remote certificate is invalid: RemoteCertificateNameMismatch. The name", RedisProblem.Describe(failure, hasPassword: false), StringComparison.Ordinal);
        Assert.True(RedisProblem.IsLasting(failure));
    }

    [Fact]
    public void State_OfARedisThatIsFull_OrSaysSomethingElse_OrWasNotAsked()
    {
        Assert.Equal("full", RedisProblem.State(new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, "OOM command not allowed when used memory > 'maxmemory'.")));
        Assert.Equal("away (RedisServerException)", RedisProblem.State(new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, "ERR something")));
        Assert.Equal("away (not asked yet)", RedisProblem.State(failure: null));
    }

    [Fact]
    public void Failure_ThatNobodyKnows_IsSaidInItsOwnWords()
    {
        var failure = new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, "ERR something; mc: 1/1/0");

        Assert.Equal("ERR something.", RedisProblem.Describe(failure, hasPassword: false));
        Assert.False(RedisProblem.IsKnown(failure, hasPassword: false));
        Assert.False(RedisProblem.IsLasting(failure));
    }
}
