using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Access.Logins.External;

/// <summary>The external checks by name, and which of them a request is judged by.</summary>
internal sealed class ExternalChecks : IAsyncDisposable
{
    private readonly Dictionary<string, ExternalCheck> _byName;
    private readonly ExternalCheckNames _names;

    public ExternalChecks(
        IReadOnlyDictionary<string, ExternalCheckOptions> all, ExternalCheckNames names, LoginTokens tokens, IOptions<LoginTokenOptions> tokenOptions, CheckClient client, CheckedSockets sockets, TimeProvider time)
    {
        _names = names;
        if (all.Count > 0 && !tokens.CanSign)
        {
            throw new InvalidSettingException(
                $"{LoginTokenOptions.Section}:{nameof(LoginTokenOptions.KeyFiles)}",
                "empty; expected a key pair, which signs what stands behind the gateway for the logins of Authentication:Checks: `yarpws key --algorithm ES256 --output FILE` makes one.");
        }

        _byName = all.ToDictionary(check => check.Key, check => new ExternalCheck(check.Key, check.Value, tokenOptions.Value.Issuer, client, sockets.AnsweredAsync, time), StringComparer.Ordinal);
    }

    public IEnumerable<ExternalCheck> All => _byName.Values;

    public ExternalCheck this[string name] => _byName[name];

    /// <summary>
    /// The check by which the request's route lets in; null for a route that names none, and for a request that brings a token to a route that takes either. Only behind routing.
    /// </summary>
    public ExternalCheck? Of(HttpContext context) => _byName.Count == 0 ? null : _names.Of(context) is { } name ? _byName[name] : null;

    /// <summary>Whether a check is asked about this request: its route's own, or any where the gateway itself answers.</summary>
    public bool Asks(string name, HttpContext context) => ExternalCheckNames.IsOwn(context) ? !ExternalCheckNames.HasToken(context) : _names.Of(context) == name;

    /// <summary>Whether the request may be let in by what its browser adds by itself, for whatever page asks.</summary>
    public bool MayAdmitByCookie(HttpContext context) =>
        _byName.Count > 0 && All.Any(check => Asks(check.Name, context) && check.IsBroughtByBrowser(context.Request));

    public async ValueTask DisposeAsync()
    {
        foreach (var check in All)
        {
            await check.Logins.DisposeAsync();
        }
    }
}

/// <summary>Marks what the gateway itself answers to any login, whatever knows it.</summary>
internal sealed class AnyLogin;

/// <summary>The names of the checks, and which policy names which.</summary>
internal sealed class ExternalCheckNames(IReadOnlyCollection<string> names)
{
    private readonly Dictionary<string, (string Check, bool TakesTokens)> _byPolicy = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyCollection<string> All => names;

    /// <summary>Called for each policy with a check, before anything listens.</summary>
    public void Add(string policy, string check, bool takesTokens) => _byPolicy.Add(policy, (check, takesTokens));

    public static bool IsOwn(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<AnyLogin>() is not null;

    public string? Of(HttpContext context)
    {
        foreach (var authorize in context.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>() ?? [])
        {
            if (authorize.Policy is { } policy && _byPolicy.TryGetValue(policy, out var named))
            {
                return named.TakesTokens && HasToken(context) ? null : named.Check;
            }
        }

        return null;
    }

    /// <summary>Whether the request brings a token, as <see cref="TokenRelay"/> has found.</summary>
    public static bool HasToken(HttpContext context) => context.Features.Get<TokenLocation>() is not null;
}
