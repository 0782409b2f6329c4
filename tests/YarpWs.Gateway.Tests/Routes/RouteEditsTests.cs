using System.Net;
using static YarpWs.Gateway.Tests.Routes.OperatedGateway;

namespace YarpWs.Gateway.Tests.Routes;

/// <summary>
/// Somebody edits the settings file without care while requests and sockets pass: cut off, overwritten in place, renamed, deleted, made
/// nonsense of. Every text says in a header which of the good ones answers.
/// </summary>
public sealed class RouteEditsTests
{
    private readonly Random _chance = new(20_240_607);

    [Fact]
    public Task WildEdits_FailNoRequest_AndLoseNoSocket() => RunAsync(TimeSpan.FromSeconds(3));

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public Task WildEdits_ForAMinute_FailNoRequest_AndLoseNoSocket() => RunAsync(TimeSpan.FromSeconds(60));

    private async Task RunAsync(TimeSpan length)
    {
        await using var gateway = await StartAsync((a, _) => Good(a, 0), ("Sockets:OnRemoved", "Keep"));
        using var socket = await gateway.ConnectAsync("/one/blue");
        using var end = new CancellationTokenSource();
        var offered = 0;
        var asked = AskAsync(gateway, () => Volatile.Read(ref offered), end.Token);

        var edits = 0;
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < length; edits++)
        {
            Volatile.Write(ref offered, offered + 1);
            Edit(gateway, Good(offered % 2 == 0 ? gateway.A : gateway.B, offered));
            await socket.ExpectEchoAsync((byte)edits);
        }

        // However it was left: the next good file is taken.
        gateway.Save(Good(gateway.A, ++offered));
        while (await RevisionAsync(gateway) != offered)
        {
            Deadline.Token().ThrowIfCancellationRequested();
        }

        await end.CancelAsync();
        Assert.True(await asked > 0, "No request was answered.");
        Assert.True(edits > 10, $"Only {edits} edits were made.");
        await socket.ExpectEchoAsync(1);
    }

    private static string Good(Destination destination, int revision) => Text(destination, "one", "two").Replace(
        "\"Match\"", $"\"Transforms\": [ {{ \"ResponseHeader\": \"X-Revision\", \"Set\": \"{revision}\", \"When\": \"Always\" }} ], \"Match\"", StringComparison.Ordinal);

    private static async Task<int> RevisionAsync(OperatedGateway gateway)
    {
        using var response = await gateway.Http.GetAsync("/one/x", Deadline.Token());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return int.Parse(Assert.Single(response.Headers.GetValues("X-Revision")), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Every answer is that of a text that was whole, and never that of an older one than the answer before.</summary>
    private static async Task<int> AskAsync(OperatedGateway gateway, Func<int> offered, CancellationToken end)
    {
        var (count, last) = (0, 0);
        for (; !end.IsCancellationRequested; count++)
        {
            var revision = await RevisionAsync(gateway);
            Assert.InRange(revision, last, offered());
            last = revision;
        }

        return count;
    }

    private void Edit(OperatedGateway gateway, string good)
    {
        switch (_chance.Next(8))
        {
            case 0:
                gateway.Save(good);
                break;
            case 1:
                File.WriteAllText(gateway.File, good);
                break;
            case 2:
                File.WriteAllText(gateway.File, good[.._chance.Next(good.Length)]);
                break;
            case 3:
                File.Delete(gateway.File);
                break;
            case 4:
                gateway.Save(good.Replace("\"one\"", "\"uno\"", StringComparison.Ordinal).Replace("ClusterId", "Cluster", StringComparison.Ordinal));
                break;
            case 5:
                gateway.Save(good.Replace("http://", _chance.Next(2) == 0 ? "ws://" : "", StringComparison.Ordinal));
                break;
            case 6:
                gateway.Save(good.Replace("{**rest}", _chance.Next(2) == 0 ? "{**rest" : "*", StringComparison.Ordinal));
                break;
            default:
                var bytes = good.ToCharArray();
                bytes[_chance.Next(bytes.Length)] = '\u0001';
                gateway.Save(new string(bytes));
                break;
        }
    }
}
