using System.Collections.Concurrent;
using System.Globalization;

namespace YarpWs.EndToEnd.Tests.Django;

/// <summary>A member that talks, and keeps all that it hears of whom. It comes back when its connection ends, for as long as its server is there.</summary>
internal sealed class MixedMember : IAsyncDisposable
{
    private readonly Func<Task<RawWebSocket>> _connect;
    private readonly CancellationTokenSource _ended = new();
    private readonly List<string> _ends = [];
    private RawWebSocket _socket = null!;
    private Task _hearing = Task.CompletedTask;

    private MixedMember(string name, Func<Task<RawWebSocket>> connect) => (Name, _connect) = (name, connect);

    public string Name { get; }

    /// <summary>How each of its connections has ended.</summary>
    public IReadOnlyList<string> Ends => _ends;

    /// <summary>Of each sender, its numbers as they were heard.</summary>
    public ConcurrentDictionary<string, List<int>> Heard { get; } = new();

    /// <summary>Raised for each, with the sender and the number. One at a time.</summary>
    public event Action<string, int>? Hears;

    /// <summary>Joins, and has heard itself when this returns: from then on it is a member.</summary>
    public static async Task<MixedMember> JoinAsync(string name, Func<Task<RawWebSocket>> connect)
    {
        var member = new MixedMember(name, connect) { _socket = await connect() };
        var isIn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Hear(string sender, int number)
        {
            if (sender == name)
            {
                isIn.TrySetResult();
            }
        }

        member.Hears += Hear;
        member._hearing = member.HearAsync();
        await member.SayAsync(0);
        await isIn.Task.WaitAsync(Deadline.Length);
        member.Hears -= Hear;
        return member;
    }

    /// <summary>Says its next words. False when its connection has just ended; whether they were heard is not known then.</summary>
    public async Task<bool> SayAsync(int number)
    {
        try
        {
            await _socket.SendAsync($$"""{"message": "{{Name}}-{{number}}"}""");
            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _socket.DisposeAsync();
        await _hearing;
        _ended.Dispose();
    }

    private async Task HearAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            _ends.Add(await HearUntilTheEndAsync());
            try
            {
                _socket = await _connect();
            }
            catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
            {
                // Its server is not there any more.
                return;
            }
        }

        await _socket.DisposeAsync();
    }

    private async Task<string> HearUntilTheEndAsync()
    {
        try
        {
            while (await _socket.ReadFrameAsync() is { } frame)
            {
                if (frame.Opcode is Opcode.Close)
                {
                    return $"{frame.CloseCode} {frame.CloseReason}";
                }

                if (frame.Opcode is Opcode.Ping)
                {
                    await _socket.SendAsync(Opcode.Pong, frame.Payload);
                }
                else if (frame.Text.Split('-') is [var sender, var number])
                {
                    Hear(sender, int.Parse(number, CultureInfo.InvariantCulture));
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or TimeoutException)
        {
            // By whichever side; or nobody says anything any more, and whoever waits to be heard tells.
            return exception.Message;
        }
        finally
        {
            await _socket.DisposeAsync();
        }

        return "without a word";
    }

    private void Hear(string sender, int number)
    {
        if (number > 0)
        {
            Heard.GetOrAdd(sender, _ => []).Add(number);
        }

        Hears?.Invoke(sender, number);
    }
}
