using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using YarpWs.Gateway.Requests;

namespace YarpWs.Gateway.Access.Revocations;

/// <summary>
/// The revocations that this gateway knows, in memory: asking is some lookups and never waits. It only grows, except that what has ended is
/// forgotten, so that lists of several gateways are joined in any order. Any thread may ask and add at any time.
/// </summary>
internal sealed class RevocationList(IOptions<RevocationOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<RevocationTarget, Revocation> _all = new();
    private readonly TimeSpan _skew = options.Value.ClockSkew;

    public int Count => _all.Count;

    public IEnumerable<Revocation> All => _all.Values.Where(IsInForce);

    public bool IsKnown(RevocationTarget target) => _all.ContainsKey(target);

    /// <summary>Adds to what is refused. False when that changes nothing.</summary>
    public bool Add(Revocation revocation)
    {
        if (!IsInForce(revocation))
        {
            return false;
        }

        var isNew = false;
        _all.AddOrUpdate(
            revocation.Target,
            _ =>
            {
                isNew = true;
                return revocation;
            },
            (_, known) =>
            {
                var both = known.With(revocation);
                isNew = both != known;
                return both;
            });
        return isNew;
    }

    /// <summary>Whether its <c>iat</c> is later than the clocks may differ: a revocation made now would not cover it.</summary>
    public bool IsFromTheFuture(Login login) => login.IssuedAt > time.GetUtcNow() + _skew;

    public bool Refuses(Login login)
    {
        if (_all.IsEmpty)
        {
            return false;
        }

        return RefusesOf(null, login) || (login.Issuer is { } issuer && RefusesOf(issuer, login));
    }

    public bool Refuses(Revocation revocation, Login login) => IsInForce(revocation) && revocation.Covers(login, _skew);

    public void DropEnded()
    {
        foreach (var ended in _all.Where(entry => !IsInForce(entry.Value)))
        {
            // Only with this value: it may have been prolonged just now.
            _all.TryRemove(ended);
        }
    }

    private bool RefusesOf(string? issuer, Login login) =>
        Refuses(new RevocationTarget { Issuer = issuer }, login)
        || (login.User is { } user && Refuses(new RevocationTarget { Issuer = issuer, User = user }, login))
        || (login.SessionId is { } session && Refuses(new RevocationTarget { Issuer = issuer, SessionId = session }, login))
        || (login.TokenId is { } token && Refuses(new RevocationTarget { Issuer = issuer, TokenId = token }, login));

    private bool Refuses(RevocationTarget target, Login login) => _all.TryGetValue(target, out var revocation) && Refuses(revocation, login);

    private bool IsInForce(Revocation revocation) => revocation.Until > time.GetUtcNow();
}
