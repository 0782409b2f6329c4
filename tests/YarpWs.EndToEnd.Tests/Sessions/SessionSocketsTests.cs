using Microsoft.Extensions.DependencyInjection;
using Xunit;
using YarpWs.Gateway.Access.Sessions;

namespace YarpWs.EndToEnd.Tests.Sessions;

/// <summary>When a gateway looks at the sessions that have sockets on it.</summary>
public sealed class SessionSocketsTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Session_WhoseTimeHasCome_IsLookedAtOnce_AndAgainWhenItsNextTimeHasCome()
    {
        await using var site = await SessionSite.StartAsync();
        var time = new HandTime();
        using var looking = ActivatorUtilities.CreateInstance<SessionSockets>(site.ServicesOf(0), time);
        await looking.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Second, await time.NextTimerAsync());
        using var person = new Person();
        await person.LogInAsync(site.A);
        var (socket, _) = await person.ConnectAsync(site.A);

        // By this clock every token that comes is to be renewed at once, so that each look is seen at the issuer.
        await time.MoveAndAwaitLookAsync(TimeSpan.FromHours(1));
        await RenewedAsync(site, 1);
        for (var passed = Second; passed < SessionRenewals.PauseBetweenTries; passed += Second)
        {
            await time.MoveAndAwaitLookAsync(Second);
        }

        Assert.Equal(1, site.Issuer.Refreshes);
        await time.MoveAndAwaitLookAsync(SessionRenewals.PauseBetweenTries);
        await RenewedAsync(site, 2);
        await looking.StopAsync(TestContext.Current.CancellationToken);
        Assert.True(looking.ExecuteTask!.IsCompleted);
        await socket.DisposeAsync();
    }

    private static Task RenewedAsync(SessionSite site, int times) =>
        Eventually.IsAsync(_ => Task.FromResult(site.Issuer.Refreshes == times), $"renewal {times}", Deadline.Length);
}
