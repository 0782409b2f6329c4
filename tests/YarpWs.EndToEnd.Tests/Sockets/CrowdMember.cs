using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace YarpWs.EndToEnd.Tests.Sockets;

/// <summary>How a member's socket has ended.</summary>
/// <param name="Code">The close code; null when there was no close frame.</param>
/// <param name="At">A timestamp of <see cref="Stopwatch"/>.</param>
/// <param name="Wrong">What came that was not what had been sent, if anything did.</param>
internal sealed record CrowdEnd(int? Code, long At, string? Wrong);

/// <summary>One of thousands of clients, each of which sends numbers, one after another, and wants every one back.</summary>
internal sealed class CrowdMember : IAsyncDisposable
{
    private readonly WireClient _client;
    private int _sent;
    private volatile int _echoed;

    private CrowdMember(WireClient client)
    {
        _client = client;
        Ended = ReadAsync();
    }

    /// <summary>Numbers that came back, in their order.</summary>
    public int Echoed => _echoed;

    public bool IsAnswered => _echoed == _sent;

    public Task<CrowdEnd> Ended { get; }

    /// <summary>Comes in as soon as it is let in; whoever is told 503 asks again, and again.</summary>
    public static async Task<CrowdMember> JoinAsync(Uri gateway)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (true)
        {
            try
            {
                return new CrowdMember(await WireClient.ConnectAsync(Carrier.Http1, gateway));
            }
            catch (HttpRequestException refused) when (refused.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                await again.WaitForNextTickAsync();
            }
        }
    }

    /// <summary>Sends the next number, if the one before has come back.</summary>
    public async Task SendNextAsync()
    {
        if (!IsAnswered || Ended.IsCompleted)
        {
            return;
        }

        _sent++;
        try
        {
            await _client.SendAsync(Opcode.Text, Encoding.ASCII.GetBytes(_sent.ToString(CultureInfo.InvariantCulture)));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // It has just ended, and its reader says how.
        }
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task<CrowdEnd> ReadAsync()
    {
        while (await _client.ReadFrameAsync() is { } frame)
        {
            switch (frame.Opcode)
            {
                case Opcode.Ping:
                    await _client.SendAsync(Opcode.Pong, frame.Payload);
                    break;
                case Opcode.Close:
                    var at = Stopwatch.GetTimestamp();
                    await _client.SendAsync(Opcode.Close, frame.Payload);
                    await _client.ReadToEndAsync();
                    return new CrowdEnd(frame.CloseCode, at, Wrong: null);
                default:
                    var text = Encoding.ASCII.GetString(frame.Payload);
                    if (text != (_echoed + 1).ToString(CultureInfo.InvariantCulture))
                    {
                        return new CrowdEnd(null, Stopwatch.GetTimestamp(), $"'{text}' after {_echoed}");
                    }

                    _echoed++;
                    break;
            }
        }

        return new CrowdEnd(null, Stopwatch.GetTimestamp(), Wrong: null);
    }
}
