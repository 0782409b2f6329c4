using Microsoft.Extensions.Options;
using YarpWs.Gateway.Redis;
using YarpWs.Gateway.Telemetry;

namespace YarpWs.Gateway.Access.Logins;

/// <summary>
/// Trades a token for a ticket that opens one WebSocket, so that no token stands in an address. A ticket is good once among all gateways,
/// whether the handshake succeeds or not.
/// </summary>
internal sealed class Tickets(ITicketStore store, IOptions<AccessOptions> options, GatewayMetrics metrics)
{
    public TimeSpan Lifetime { get; } = options.Value.TicketLifetime;

    /// <summary>Null when none can be issued now.</summary>
    public async Task<string?> IssueAsync(string token, TicketBinding binding)
    {
        var ticket = Ticket.Create();
        var isKept = false;
        try
        {
            isKept = await store.TryKeepAsync(ticket.Id, ticket.Seal(token, binding), Lifetime);
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            // Counted below; that Redis is away is logged once, elsewhere.
        }

        metrics.TicketUsed(Word(isKept ? TicketResult.Issued : TicketResult.Unavailable));
        return isKept ? ticket.Text : null;
    }

    /// <summary>Spends a ticket. The token, when it was redeemed.</summary>
    public async Task<(TicketResult Result, string? Token)> RedeemAsync(string text, TicketBinding binding)
    {
        var redeemed = await TakeAsync(text, binding);
        metrics.TicketUsed(Word(redeemed.Result));
        return redeemed;
    }

    private async Task<(TicketResult Result, string? Token)> TakeAsync(string text, TicketBinding binding)
    {
        if (!Ticket.TryParse(text, out var ticket))
        {
            return (TicketResult.Unknown, null);
        }

        try
        {
            return await store.TakeAsync(ticket.Id) is not { } seal ? (TicketResult.Unknown, null)
                : ticket.Open(seal, binding) is not { } token ? (TicketResult.Misplaced, null)
                : (TicketResult.Redeemed, token);
        }
        catch (Exception exception) when (RedisConnection.IsAway(exception))
        {
            return (TicketResult.Unavailable, null);
        }
    }

    private static string Word(TicketResult result) => result switch
    {
        TicketResult.Issued => "issued",
        TicketResult.Redeemed => "redeemed",
        TicketResult.Misplaced => "misplaced",
        TicketResult.Unavailable => "unavailable",
        _ => "unknown",
    };
}

/// <summary>What became of a ticket. Each is a value of the metric's tag.</summary>
internal enum TicketResult
{
    Issued,
    Redeemed,

    /// <summary>It was used before, has expired, or was never issued: nobody keeps enough to tell which.</summary>
    Unknown,

    /// <summary>It was used from another page or for another path, and is spent.</summary>
    Misplaced,

    /// <summary>Redis is away, or the gateway keeps as many as it may.</summary>
    Unavailable,
}
