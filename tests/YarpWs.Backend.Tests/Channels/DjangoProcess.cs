using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Xunit;
using YarpWs.Backend.Channels;
using YarpWs.Tests.Redis;

namespace YarpWs.Backend.Tests.Channels;

/// <summary>A process that runs channels_redis itself: it joins groups, sends to them, and hears them.</summary>
internal sealed class DjangoProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<JsonElement> _done = Channel.CreateUnbounded<JsonElement>();
    private readonly Channel<string> _heard = Channel.CreateUnbounded<string>();

    private DjangoProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, output) => Take(output.Data);
        _process.BeginOutputReadLine();
    }

    /// <summary>Skips the test, or fails it, where Django Channels is not installed.</summary>
    public static DjangoProcess Start(ChannelLayer layer, int redisPort, object? config = null)
    {
        // Debian's Channels belongs to the interpreter beside it.
        var python = Path.Combine(Path.GetDirectoryName(Requirements.Find("django", "daphne"))!, "python3");
        return new DjangoProcess(Process.Start(new ProcessStartInfo(
            python,
            [Path.Combine(AppContext.BaseDirectory, "Channels", "channel_layer.py"), layer.ToString(), $"{redisPort}", JsonSerializer.Serialize(config ?? new { })])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);
    }

    public Task JoinAsync(string group) => DoAsync(new { @do = "join", group });

    public Task LeaveAsync(string group) => DoAsync(new { @do = "leave", group });

    public Task SendAsync(string group, params string[] texts) => SendAsync(group, [.. texts.Select(text => new { type = "send_message", @event = text })]);

    public Task SendAsync(string group, params object[] messages) => DoAsync(new { @do = "send", group, messages });

    /// <summary>All of them are under way before the first has arrived. Answers how many channels_redis has dropped since the process began.</summary>
    public async Task<int> SendAtOnceAsync(string group, IEnumerable<string> texts) =>
        (await DoAsync(new { @do = "send at once", group, messages = texts.Select(text => new { type = "send_message", @event = text }) })).GetProperty("dropped").GetInt32();

    /// <summary>The next messages that its consumers get are these, as JSON.</summary>
    public async Task ExpectAsync(params string[] messages)
    {
        foreach (var message in messages)
        {
            Assert.Equal(message, await _heard.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<JsonElement> DoAsync(object command)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command));
        await _process.StandardInput.FlushAsync();
        return await _done.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            _done.Writer.TryComplete(new InvalidOperationException("Django has ended."));
            _heard.Writer.TryComplete(new InvalidOperationException("Django has ended."));
            return;
        }

        var said = JsonDocument.Parse(line).RootElement;
        if (said.TryGetProperty("message", out var message))
        {
            _heard.Writer.TryWrite(message.GetRawText());
        }
        else
        {
            _done.Writer.TryWrite(said);
        }
    }
}
