using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using YarpWs.Backend.Connections;
using YarpWs.Backend.Tests.Node;
using YarpWs.Platform.Transport;

namespace YarpWs.Backend.Tests.Connections;

/// <summary>Whose silence counts, and when none does.</summary>
public sealed class PingsTests : IDisposable
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly ConnectionOptions _limits = new();
    private readonly ConnectionTable _table;
    private readonly ProcessDelay _delay;
    private readonly Pings _pings;

    public PingsTests()
    {
        var options = Options.Create(_limits);
        _table = new ConnectionTable(options);
        _delay = new ProcessDelay(new EventLoops(_time), _time, NullLogger<ProcessDelay>.Instance);
        _pings = new Pings(_table, _delay, options, _time);
    }

    private TimeSpan Longest => _limits.PingInterval + _limits.PongTimeout + (2 * Round);

    public void Dispose()
    {
        _pings.Dispose();
        _delay.Dispose();
    }

    [Fact]
    public async Task Silence_ForLongerThanAPingAndItsAnswerTake_CutsAClient()
    {
        await using var ann = Open();
        Pass(Longest, TimeSpan.Zero);

        Assert.Equal(CloseCode.Broken, await ann.Ended);
    }

    [Fact]
    public async Task Silence_WhileThisNodeIsLate_SaysNothing()
    {
        await using var ann = Open();
        Pass(10 * Longest, ProcessDelay.Late);

        Assert.False(ann.HasEnded);
        await ann.Client.SendAsync(Opcode.Ping, [1]);
        Assert.Equal(Opcode.Pong, (await ann.Client.ReadFrameAsync("a pong"))?.Opcode);
    }

    [Fact]
    public async Task Silence_AfterThisNodeWasLate_CountsAgain()
    {
        await using var ann = Open();
        Pass(10 * Longest, ProcessDelay.Late);
        Pass(Longest + Round, TimeSpan.Zero);

        Assert.Equal(CloseCode.Broken, await ann.Ended);
    }

    [Fact]
    public async Task PauseOfTheWholeProcess_IsNotHeldAgainstAClient()
    {
        await using var ann = Open();
        _time.Advance(TimeSpan.FromHours(1));
        _pings.Look();

        Assert.False(ann.HasEnded);
    }

    private TestConnection Open()
    {
        var ann = new TestConnection(TestConnection.New(_limits));
        Assert.True(_table.TryAdd(ann.Connection));
        return ann;
    }

    private void Pass(TimeSpan time, TimeSpan delay)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Round)
        {
            _time.Advance(Round);
            _delay.Add(delay);
            _pings.Look();
        }
    }
}
