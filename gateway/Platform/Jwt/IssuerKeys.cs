using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace YarpWs.Platform.Jwt;

/// <summary>
/// The keys that one issuer publishes, kept in memory and fetched by <see cref="RunAsync"/> alone: one fetch at a time, whoever asks for it. It takes the place
/// of the library's own manager, which fetches on the way of the request that needs a key.
/// <list type="bullet">
/// <item>Nobody waits for the issuer longer than <see cref="LongestWait"/> from the begin of a fetch, however long that goes on.</item>
/// <item>While the issuer fails it is asked after pauses that grow up to <see cref="LongestPause"/>, and no token shortens one.</item>
/// <item>Keys go on until a set comes that has at least one; those that it lacks are good no more.</item>
/// </list>
/// Any thread may call.
/// </summary>
internal sealed class IssuerKeys : BaseConfigurationManager, IConfigurationManager<OpenIdConnectConfiguration>
{
    /// <summary>How long a request may wait for keys that are being fetched.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often at most the keys are fetched because a token names an unknown one. It is also how long a forged token can keep a process from noticing a new key.
    /// </summary>
    private static readonly TimeSpan LeastBetweenRequests = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>Stands for what is not there yet: it names no issuer and holds no key.</summary>
    private static readonly OpenIdConnectConfiguration None = new();

    private readonly string _scheme;
    private readonly IDocumentRetriever _documents;
    private readonly TimeSpan _timeout;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();

    private volatile OpenIdConnectConfiguration? _current;
    private volatile HashSet<string> _keyIds = [];
    private volatile string? _fault;
    private volatile Task _fetch = Task.CompletedTask;

    // Under the lock.
    private bool _isUnderWay;
    private TaskCompletionSource? _ended;
    private TaskCompletionSource? _wanted;
    private DateTimeOffset _nextRequest;
    private DateTimeOffset _nextTry;

    /// <param name="scheme">Whose issuer it is.</param>
    /// <param name="options">The scheme's.</param>
    /// <param name="documents">Gets the two documents.</param>
    /// <param name="time">Measures pauses.</param>
    /// <param name="logger">Hears when the issuer begins to fail and when it answers again.</param>
    public IssuerKeys(string scheme, SchemeOptions options, IDocumentRetriever documents, TimeProvider time, ILogger logger)
    {
        _scheme = scheme;
        _documents = documents;
        _timeout = options.BackchannelTimeout;
        _interval = options.AutomaticRefreshInterval;
        _time = time;
        _logger = logger;
        MetadataAddress = options.MetadataUri;

        // What an issuer takes back is taken back; and this manager keeps what is good while the issuer is away, which is all that the library would do.
        UseLastKnownGoodConfiguration = false;
    }

    /// <summary>What the issuer calls itself; null until it has answered.</summary>
    public string? Issuer => _current?.Issuer;

    /// <summary>Whether no keys have come yet.</summary>
    public bool AreMissing => _current is null;

    /// <summary>How things stand, in words for the operator; null when the last fetch was good.</summary>
    public string? Fault => _fault ?? (AreMissing ? "not fetched yet" : null);

    /// <summary>Ends with the fetch under way, or when that has taken <see cref="LongestWait"/>; at once when there is none. It never fails.</summary>
    public Task FetchUnderWay => _fetch;

    /// <summary>When to come back for keys that are missing: whole seconds, one at least.</summary>
    public int RetryAfterSeconds
    {
        get
        {
            lock (_lock)
            {
                return (int)Math.Clamp(Math.Ceiling((_nextTry - _time.GetUtcNow()).TotalSeconds) + 1, 1, LongestPause.TotalSeconds + 1);
            }
        }
    }

    public bool Has(string keyId) => _keyIds.Contains(keyId);

    public Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel) => Task.FromResult(_current ?? None);

    public override Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel) => Task.FromResult<BaseConfiguration>(_current ?? None);

    /// <summary>Begins a fetch, unless one is under way, the issuer rests after a failure, or somebody asked a moment ago.</summary>
    public override void RequestRefresh()
    {
        lock (_lock)
        {
            if (_wanted is { Task.IsCompleted: false } wanted && _time.GetUtcNow() >= _nextRequest)
            {
                _nextRequest = _time.GetUtcNow() + LeastBetweenRequests;
                Begin();
                wanted.SetResult();
            }
        }
    }

    /// <summary>The first fetch is about to begin: from now on requests wait for it.</summary>
    public void Expect()
    {
        lock (_lock)
        {
            Begin();
        }
    }

    /// <summary>Fetches until told to stop. Called once, after <see cref="Expect"/>.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var pause = FirstPause;
        while (true)
        {
            lock (_lock)
            {
                if (!_isUnderWay)
                {
                    Begin();
                }
            }

            var fault = await FetchAsync(stopping);
            Report(fault);
            var rest = fault is null ? _interval : pause;
            pause = fault is null ? FirstPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;
            await RestAsync(rest, End(rest, fault is null), stopping);
        }
    }

    /// <summary>From now on requests wait, for so long. The caller has the lock.</summary>
    private void Begin()
    {
        _isUnderWay = true;
        _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _fetch = Task.WhenAny(_ended.Task, Task.Delay(LongestWait, _time));
        _nextTry = _time.GetUtcNow() + LongestWait;
    }

    /// <summary>Nobody waits any more. Returns what ends when somebody wants the keys again, which an issuer that fails is not told.</summary>
    private Task End(TimeSpan rest, bool isGood)
    {
        lock (_lock)
        {
            _isUnderWay = false;
            _nextTry = _time.GetUtcNow() + rest;
            _wanted = isGood ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : null;
            _ended?.SetResult();
            return _wanted?.Task ?? Task.Delay(Timeout.Infinite, CancellationToken.None);
        }
    }

    private async Task RestAsync(TimeSpan rest, Task wanted, CancellationToken stopping)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(Task.Delay(rest, _time, timer.Token), wanted);
        await timer.CancelAsync();
        stopping.ThrowIfCancellationRequested();
    }

    /// <summary>Takes what the issuer publishes. Returns what is wrong with it, and null when nothing is.</summary>
    private async Task<string?> FetchAsync(CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, timeout.Token);
        try
        {
            var fetched = await OpenIdConnectConfigurationRetriever.GetAsync(MetadataAddress, _documents, either.Token);
            if (FaultOf(fetched) is { } fault)
            {
                return fault;
            }

            Tell(fetched);
            _keyIds = [.. fetched.SigningKeys.Select(key => key.KeyId).Where(id => !string.IsNullOrEmpty(id))];
            _current = fetched;
            return null;
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            throw new OperationCanceledException(stopping);
        }
        catch (OperationCanceledException)
        {
            return $"no answer within {_timeout.TotalSeconds} s";
        }
        catch (Exception exception)
        {
            // The library throws what its parsers throw. Whatever the issuer says must not end this loop.
            return exception.GetBaseException().Message.ReplaceLineEndings(" ");
        }
    }

    private static string? FaultOf(OpenIdConnectConfiguration fetched) => fetched switch
    {
        { Issuer: null or "" } => "its metadata name no issuer",
        { JwksUri: null or "" } => "its metadata name no key set (jwks_uri)",
        _ when !fetched.SigningKeys.Any(key => SigningKeys.AlgorithmsOf(key).Intersect(SigningKeys.PublicAlgorithms).Any()) => "its key set has no key for signatures",
        _ => null,
    };

    private void Tell(OpenIdConnectConfiguration fetched)
    {
        var ids = fetched.SigningKeys.Select(key => key.KeyId).Order(StringComparer.Ordinal).ToList();
        if (_current is null)
        {
            _logger.KeysFetched(_scheme, MetadataAddress, ids.Count);
        }
        else if (!ids.SequenceEqual(_current.SigningKeys.Select(key => key.KeyId).Order(StringComparer.Ordinal)))
        {
            _logger.KeysChanged(_scheme, ids.Except(_current.SigningKeys.Select(key => key.KeyId)).Count(), _current.SigningKeys.Select(key => key.KeyId).Except(ids).Count());
        }
    }

    /// <summary>Says each fault once, however often the issuer is asked.</summary>
    private void Report(string? fault)
    {
        var before = _fault;
        _fault = fault;
        if (fault == before)
        {
            return;
        }

        if (fault is null)
        {
            _logger.IssuerAnswers(_scheme, MetadataAddress);
        }
        else if (AreMissing)
        {
            _logger.KeysMissing(_scheme, MetadataAddress, fault, LongestPause);
        }
        else
        {
            _logger.IssuerFails(_scheme, MetadataAddress, fault);
        }
    }
}
