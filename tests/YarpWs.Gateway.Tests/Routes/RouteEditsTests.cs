using System.Collections.Concurrent;
using System.Net;
using YarpWs.Gateway.Tests.Operator.Verbs;
using static YarpWs.Gateway.Tests.Routes.OperatedGateway;

namespace YarpWs.Gateway.Tests.Routes;

/// <summary>
/// Somebody edits the settings file without care while requests and sockets pass: cut off, overwritten in place, renamed, deleted, made
/// nonsense of. Every text has a revision of its own, which stands in the answers that are given by it.
/// </summary>
public sealed class RouteEditsTests
{
    private const int FewestEdits = 10;

    private readonly Random _chance = new(20_240_607);

    /// <summary>What was written, by revision.</summary>
    private readonly Dictionary<int, string> _written = [];

    private readonly ConcurrentDictionary<int, bool> _answeredBy = [];

    [Fact]
    public Task WildEdits_FailNoRequest_LoseNoSocket_AndNothingRunsThatTheCheckWouldRefuse() => RunAsync(TimeSpan.FromSeconds(3));

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public Task WildEdits_ForAMinute_FailNoRequest_LoseNoSocket_AndNothingRunsThatTheCheckWouldRefuse() => RunAsync(TimeSpan.FromSeconds(60));

    private async Task RunAsync(TimeSpan length)
    {
        await using var gateway = await StartAsync((a, _) => _written[0] = Good(a, 0), ("Sockets:OnRemoved", "Keep"));
        using var socket = await gateway.ConnectAsync("/one/blue");
        using var end = new CancellationTokenSource();
        var offered = 0;
        var asked = AskAsync(gateway, () => Volatile.Read(ref offered), end.Token);

        // A busy machine takes longer to make as many edits, and to apply one between two others.
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < length || offered < FewestEdits || _answeredBy.Count < 2;)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < length + Deadline.Length, $"Of {offered} edits {_answeredBy.Count} have answered.");
            Volatile.Write(ref offered, offered + 1);
            _written[offered] = Edit(gateway, Good(offered % 2 == 0 ? gateway.A : gateway.B, offered));
            await socket.ExpectEchoAsync((byte)offered);
        }

        // However it was left: the next good file is taken.
        Volatile.Write(ref offered, offered + 1);
        gateway.Save(_written[offered] = Good(gateway.A, offered));
        var deadline = Deadline.Token();
        while (await RevisionAsync(gateway) != offered)
        {
            await Eventually.AgainAsync(deadline);
        }

        await end.CancelAsync();
        Assert.True(await asked > 0, "No request was answered.");
        await socket.ExpectEchoAsync(1);
        await ExpectCheckedAsync(gateway);
    }

    /// <summary>Whatever has answered is what <c>yarpws check</c> takes; and it does not take everything.</summary>
    private async Task ExpectCheckedAsync(OperatedGateway gateway)
    {
        foreach (var revision in _answeredBy.Keys)
        {
            var (code, output) = await CheckAsync(gateway, _written[revision]);
            Assert.True(code == 0, $"Requests were answered by revision {revision}, of which the check says: {output}");
        }

        var refused = 0;
        foreach (var text in _written.Where(written => !_answeredBy.ContainsKey(written.Key)).Take(20))
        {
            refused += (await CheckAsync(gateway, text.Value)).Code;
        }

        Assert.True(refused > 0, "Nothing that was written is what the check would refuse.");
    }

    private static async Task<(int Code, string Output)> CheckAsync(OperatedGateway gateway, string text)
    {
        var file = Path.Combine(gateway.Directory, "checked");
        await File.WriteAllTextAsync(file, text, Deadline.Token());
        var (code, output, _) = await VerbRun.RunAsync("check", file);
        return (code, output);
    }

    private static string Good(Destination destination, int revision) => VerbRun.Whole(Text(destination, "one", "two").Replace(
        "\"Match\"", $"\"Transforms\": [ {{ \"ResponseHeader\": \"X-Revision\", \"Set\": \"{revision}\", \"When\": \"Always\" }} ], \"Match\"", StringComparison.Ordinal));

    private async Task<int> RevisionAsync(OperatedGateway gateway)
    {
        using var response = await gateway.Http.GetAsync("/one/x", Deadline.Token());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var revision = int.Parse(Assert.Single(response.Headers.GetValues("X-Revision")), System.Globalization.CultureInfo.InvariantCulture);
        _answeredBy.TryAdd(revision, true);
        return revision;
    }

    /// <summary>Every answer is that of a text that was whole, and never that of an older one than the answer before.</summary>
    private async Task<int> AskAsync(OperatedGateway gateway, Func<int> offered, CancellationToken end)
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

    /// <summary>Returns what stands in the file afterwards; nothing where it is gone.</summary>
    private string Edit(OperatedGateway gateway, string good)
    {
        string text;
        switch (_chance.Next(9))
        {
            case 0:
                gateway.Save(text = good);
                break;
            case 1:
                File.WriteAllText(gateway.File, text = good);
                break;
            case 2:
                File.WriteAllText(gateway.File, text = good[.._chance.Next(good.Length)]);
                break;
            case 3:
                File.Delete(gateway.File);
                text = "";
                break;
            case 4:
                gateway.Save(text = good.Replace("\"one\"", "\"uno\"", StringComparison.Ordinal).Replace("ClusterId", "Cluster", StringComparison.Ordinal));
                break;
            case 5:
                gateway.Save(text = good.Replace("http://", _chance.Next(2) == 0 ? "ws://" : "", StringComparison.Ordinal));
                break;
            case 6:
                gateway.Save(text = good.Replace("{**rest}", _chance.Next(2) == 0 ? "{**rest" : "*", StringComparison.Ordinal));
                break;
            case 7:
                // As editors do that keep the old one: it is moved away, and the new one written in its place.
                if (File.Exists(gateway.File))
                {
                    File.Move(gateway.File, gateway.File + "~", overwrite: true);
                }

                File.WriteAllText(gateway.File, text = good);
                break;
            default:
                var characters = good.ToCharArray();
                characters[_chance.Next(characters.Length)] = '\u0001';
                gateway.Save(text = new string(characters));
                break;
        }

        return text;
    }
}
