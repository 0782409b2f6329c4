using System.Buffers;
using System.Text;

namespace YarpWs.Gateway.Telemetry;

/// <summary>
/// Gathers lines and writes them to a stream, many at a time and in their order, on a thread of its own: a write for each line costs more
/// than the line, and the thread that adds one does not wait for the reader. A line is written <see cref="Pause"/> after it was added at the
/// latest, at once when it is urgent, and before <see cref="Dispose"/> returns if the reader takes it. While <see cref="MaxBytes"/> wait,
/// further lines are lost and counted. Any thread may add at any time, also after the end, and never waits for the reader.
/// </summary>
internal sealed class LineWriter : IDisposable
{
    /// <summary>Some 20,000 lines: a reader that is this far behind has stopped, and the gateway must not stop with it.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>When it is written before its time: what a pipe takes at once.</summary>
    private const int Batch = 64 << 10;

    /// <summary>Two writes to a slow reader, and no reason to keep a process from ending.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly Stream _output;
    private readonly object _gate = new();
    private ArrayBufferWriter<byte> _waiting = new();
    private Thread? _thread;
    private long _lost;
    private bool _isUrgent;
    private bool _isOver;

    public LineWriter(Stream output)
    {
        _output = output;
        _thread = Start();
    }

    /// <summary>How long lines are gathered at most.</summary>
    public static TimeSpan Pause { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Lines lost since it was asked last.</summary>
    public long TakeLost() => Volatile.Read(ref _lost) == 0 ? 0 : Interlocked.Exchange(ref _lost, 0);

    /// <summary>Adds text that ends with a line's end. False when it is lost.</summary>
    public bool Add(StringBuilder text, bool isUrgent)
    {
        lock (_gate)
        {
            var before = _waiting.WrittenCount;
            if (before > MaxBytes - Encoding.UTF8.GetMaxByteCount(text.Length))
            {
                Interlocked.Increment(ref _lost);
                return false;
            }

            foreach (var chunk in text.GetChunks())
            {
                Encoding.UTF8.GetBytes(chunk.Span, _waiting);
            }

            if (_thread is null)
            {
                // After the end. The caller may be whatever still runs, and is not to wait for a reader either.
                AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
                _thread = Start();
                return true;
            }

            _isUrgent |= isUrgent;
            if (before == 0 || isUrgent || (before < Batch && _waiting.WrittenCount >= Batch))
            {
                Monitor.Pulse(_gate);
            }

            return true;
        }
    }

    /// <summary>Waits for what has been said to be written, for <see cref="Farewell"/> at most.</summary>
    public void Dispose()
    {
        Thread? thread;
        lock (_gate)
        {
            _isOver = true;
            thread = _thread;
            Monitor.Pulse(_gate);
        }

        thread?.Join(Farewell);
    }

    private Thread Start()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "log" };
        thread.Start();
        return thread;
    }

    /// <summary>Lines that came after the end are written before the process goes.</summary>
    private void OnProcessExit(object? sender, EventArgs e) => Dispose();

    private void Run()
    {
        var writing = new ArrayBufferWriter<byte>();
        while (TakeWaiting(ref writing))
        {
            Write(writing);
        }
    }

    /// <summary>Waits for lines, gathers more for a while, and takes them all. False when there are none after the end: this thread is done then.</summary>
    private bool TakeWaiting(ref ArrayBufferWriter<byte> taken)
    {
        lock (_gate)
        {
            while (_waiting.WrittenCount == 0 && !_isOver)
            {
                Monitor.Wait(_gate);
            }

            if (!_isUrgent && !_isOver && _waiting.WrittenCount < Batch)
            {
                Monitor.Wait(_gate, Pause);
            }

            (taken, _waiting) = (_waiting, taken);
            _isUrgent = false;
            if (taken.WrittenCount > 0)
            {
                return true;
            }

            _thread = null;
            AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
            return false;
        }
    }

    private void Write(ArrayBufferWriter<byte> lines)
    {
        try
        {
            _output.Write(lines.WrittenSpan);
            _output.Flush();
        }
        catch (IOException)
        {
            // Nobody reads any more, and there is no other place to say so. Serving goes on.
        }

        lines.ResetWrittenCount();
    }
}
