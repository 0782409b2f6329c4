using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using YarpWs.Gateway.Access.Sessions;

namespace YarpWs.Gateway.Tests.Access.Sessions;

public sealed class SessionKeyRingTests
{
    [Fact]
    public void WhatOneGatewayHasEncrypted_AnotherReads_OnceItHasItsKeys()
    {
        using var first = New();
        first.CreateFirst(TimeProvider.System.GetUtcNow());
        first.Join([]);
        using var second = New();
        Assert.Throws<InvalidOperationException>(() => second.CreateProtector("session").Protect([1]));

        second.Join(first.All);

        Assert.True(second.IsKnown);
        Assert.Equal([1, 2, 3], second.CreateProtector("session").Unprotect(first.CreateProtector("session").Protect([1, 2, 3])));
    }

    [Fact]
    public void WhatIsNoKey_IsPassedOver()
    {
        using var ring = New();

        ring.Join([KeyValuePair.Create("of another system", "no XML")]);

        Assert.Empty(ring.All);
        Assert.False(ring.IsKnown);
    }

    [Fact]
    public void WhatThePlatformSaysOfKeys_StandsInTheGatewaysLog()
    {
        using var log = new CollectedLog();
        using var loggers = new LoggerFactory([log]);
        using var ring = new SessionKeyRing(new SessionKeyEncryption("secret"), loggers);

        ring.CreateFirst(TimeProvider.System.GetUtcNow());

        Assert.Contains(log.Lines, line => line.StartsWith("Microsoft.AspNetCore.DataProtection.", StringComparison.Ordinal));
    }

    private static SessionKeyRing New() => new(new SessionKeyEncryption("secret"), NullLoggerFactory.Instance);
}
