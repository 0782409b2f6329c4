using System.Text;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Tests.Telemetry;

public sealed class LineWriterTests
{
    private static StringBuilder Line(string text) => new(text + "\n");

    [Fact]
    public void Lines_AreWrittenInTheirOrder_BeforeItEnds()
    {
        using var output = new MemoryStream();
        using (var writer = new LineWriter(output))
        {
            for (var i = 0; i < 10_000; i++)
            {
                Assert.True(writer.Add(Line($"é{i}"), isUrgent: false));
            }
        }

        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => $"é{i}").Append(""), Encoding.UTF8.GetString(output.ToArray()).Split('\n'));
    }

    [Fact]
    public async Task Line_IsWrittenSoon_ThoughNothingFollows()
    {
        using var output = new GatedStream(isOpen: true);
        using var writer = new LineWriter(output);

        writer.Add(Line("alone"), isUrgent: false);

        Assert.Equal("alone\n", await output.WrittenAsync());
    }

    [Fact]
    public async Task Lines_ThatNobodyReads_AreLostAndCounted_AndNobodyWaits()
    {
        using var output = new GatedStream(isOpen: false);
        var writer = new LineWriter(output);
        var line = new string('x', 9_999);
        writer.Add(Line("first"), isUrgent: true);
        await output.Reached;

        var kept = Enumerable.Range(0, 1000).Count(_ => writer.Add(Line(line), isUrgent: false));

        Assert.InRange(kept, 1, LineWriter.MaxBytes / 10_000);
        Assert.Equal(1000 - kept, writer.TakeLost());
        Assert.Equal(0, writer.TakeLost());
        output.Open();
        writer.Dispose();
        Assert.Equal(6 + (kept * 10_000), output.Length);
    }

    [Fact]
    public async Task Line_AfterTheEnd_IsStillWritten()
    {
        using var output = new GatedStream(isOpen: true);
        var writer = new LineWriter(output);
        writer.Dispose();

        writer.Add(Line("last"), isUrgent: false);

        Assert.Equal("last\n", await output.WrittenAsync());
    }

    [Fact]
    public async Task Lines_WhileItEnds_DoNotWaitForAReaderWhoHasStopped()
    {
        using var output = new GatedStream(isOpen: false);
        var writer = new LineWriter(output);
        writer.Add(Line("first"), isUrgent: true);
        await output.Reached;
        var ending = Task.Run(writer.Dispose, CancellationToken.None);

        // The reader goes on only after all of them were taken.
        for (var i = 0; i < 1000 || !ending.IsCompleted; i++)
        {
            writer.Add(Line("more"), isUrgent: true);
        }

        output.Open();
        await ending;
        writer.Dispose();
        Assert.Equal(0, (output.Length - 6) % 5);
        Assert.True(output.Length > 5_000);
    }

    [Fact]
    public void Output_ThatIsGone_DoesNotStopAnything()
    {
        using var broken = new BrokenStream();
        var writer = new LineWriter(broken);

        writer.Add(Line("into the void"), isUrgent: true);
        writer.Dispose();

        Assert.True(broken.WasAsked);
    }

    private sealed class BrokenStream : MemoryStream
    {
        public bool WasAsked { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            WasAsked = true;
            throw new IOException("Broken pipe");
        }
    }

    /// <summary>Holds whoever writes until it is opened, as a pipe does that nobody reads.</summary>
    private sealed class GatedStream : MemoryStream
    {
        private readonly ManualResetEventSlim _gate;
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<string> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public GatedStream(bool isOpen) => _gate = new ManualResetEventSlim(isOpen);

        public Task Reached => _reached.Task.WaitAsync(Deadline.Token());

        public Task<string> WrittenAsync() => _written.Task.WaitAsync(Deadline.Token());

        public void Open() => _gate.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _reached.TrySetResult();
            _gate.Wait(Deadline.Token());
            base.Write(buffer);
            _written.TrySetResult(Encoding.UTF8.GetString(buffer));
        }

        protected override void Dispose(bool disposing)
        {
            _gate.Dispose();
            base.Dispose(disposing);
        }
    }
}
