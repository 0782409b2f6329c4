using YarpWs.Platform.Transport;

namespace YarpWs.Platform.Tests.Transport;

public sealed class ActivatedSocketsTests
{
    [Theory]
    [InlineData("7", "2", "web:tls", "web tls")]
    [InlineData("7", "3", "web", "web unknown unknown")]
    [InlineData("7", "1", null, "unknown")]
    [InlineData("8", "2", "web:tls", "")]
    [InlineData(null, null, null, "")]
    [InlineData("7", "-1", "web", "")]
    [InlineData("7", "x", "web", "")]
    public void Sockets_AreThoseThatWerePassedToThisProcess(string? process, string? count, string? names, string expected)
    {
        var sockets = new ActivatedSockets(name => name switch { "LISTEN_PID" => process, "LISTEN_FDS" => count, "LISTEN_FDNAMES" => names, _ => null }, process: 7);

        Assert.Equal(expected, string.Join(' ', sockets.Names));
    }
}
