using YarpWs.Gateway.Sockets;

namespace YarpWs.Gateway.Tests.Sockets;

public sealed class SocketCloseTests
{
    [Fact]
    public void Codes_AreThoseOfTheDocument()
    {
        var documented = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "PROTOCOL.md"))
            .SkipWhile(line => line != "## Close codes of the gateway")
            .SkipWhile(line => !line.StartsWith("| --- |", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray())
            .Select(row => $"{row[0]} {row[1]}");

        Assert.Equal(SocketClose.All.Select(close => $"{close.Code} {close.Reason}"), documented);
    }
}
